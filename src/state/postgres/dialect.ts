/** Kysely's view of a pool of PostgreSQL connections. */
import { CompiledQuery, type Dialect, PostgresDialect, PostgresQueryCompiler } from 'kysely'
import { type CustomTypesConfig, type Pool, types } from 'pg'
import { assertStorable } from '../values.ts'

/** PostgreSQL's object ids of the types with a parser of our own. */
const INT8_OID = 20

/** pg answers 64-bit integers as text; here they are numbers, and an error where a number would be rounded. */
export const columnTypes: CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === INT8_OID && format !== 'binary') return parseInt8
    return types.getTypeParser(oid, format)
  },
}

/** @throws RangeError beyond ±(2^53 - 1) */
export function parseInt8(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new RangeError('an integer beyond 2^53 - 1 cannot be read as a number: cast it to text')
}

/** @param readOnly PostgreSQL itself refuses changes on these connections. */
export function postgresDialect(pool: Pool, readOnly: boolean): Dialect {
  const onCreateConnection: NonNullable<
    ConstructorParameters<typeof PostgresDialect>[0]['onCreateConnection']
  > = async (connection) => {
    if (readOnly) await connection.executeQuery(CompiledQuery.raw('SET default_transaction_read_only = on'))
  }
  return new CheckedPostgresDialect({ pool, onCreateConnection })
}

class CheckedPostgresDialect extends PostgresDialect {
  override createQueryCompiler(): CheckedQueryCompiler {
    return new CheckedQueryCompiler()
  }
}

/** Refuses on the way in what PostgreSQL would refuse with an unclear error, or pg would turn into other text. */
class CheckedQueryCompiler extends PostgresQueryCompiler {
  protected override addParameter(parameter: unknown): void {
    assertStorable(parameter)
    super.addParameter(parameter)
  }
}
