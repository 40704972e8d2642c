/** The codes the sandbox answers with: extole contract 2.1, column "Use". */
export const ERRORS = {
  missing_access_token: { status: 403, message: 'An access token is required for this request.' },
  access_denied: { status: 403, message: 'The access token does not have the scope this request needs.' },
  invalid_access_token: { status: 401, message: 'The access token is not known or was revoked.' },
  expired_access_token: { status: 401, message: 'The access token has expired.' },
  scopes_denied: { status: 403, message: 'Requested scopes exceed those of the caller.' },
  missing_credentials: { status: 403, message: 'Neither an access token nor an email and password was given.' },
  invalid_credentials: { status: 403, message: 'Email or password is wrong.' },
  invalid_duration: { status: 400, message: 'The token duration must be a positive number of seconds.' },
  invalid_client_id: { status: 400, message: 'This client id is not known.' },
  invalid_json: { status: 400, message: 'The request body is not valid JSON.' },
  missing_request_body: { status: 400, message: 'A request body is required.' },
  binding_error: { status: 400, message: 'The request body does not have the expected shape.' },
  invalid_parameter: { status: 400, message: 'A request parameter is invalid.' },
  invalid_null: { status: 400, message: 'A field must not be null.' },
  validation_error: { status: 400, message: 'The request is not valid.' },
  unsupported_media_type: { status: 415, message: 'The Content-Type of this request is not supported.' },
  request_too_large: { status: 413, message: 'The request body is larger than this sandbox accepts.' },
  invalid_limit: { status: 400, message: 'Limit must be a positive whole number.' },
  invalid_offset: { status: 400, message: 'Offset must be zero or a positive whole number.' },
  max_fetch_size_1000: { status: 400, message: 'At most 1000 rows can be fetched at once.' },
  missing_event_name: { status: 400, message: 'Event name is required.' },
  invalid_event_time_format: { status: 400, message: 'Invalid event time format. Expected: ISO8601 format' },
  event_blocked: { status: 400, message: 'Blocked due to client specific rules to ignore spurious events' },
  invalid_time_zone: { status: 400, message: 'The time zone is not known.' },
  timezone_invalid: { status: 400, message: 'The time zone is not known.' },
  person_not_found: { status: 403, message: 'Person not found.' },
  invalid_key_value: { status: 400, message: 'The identity key value is not valid.' },
  identity_key_value_already_taken: { status: 400, message: 'Another person already has this identity key value.' },
  invalid_block_reason: { status: 400, message: 'A block needs a reason.' },
  forwarding_profile_is_device: { status: 400, message: 'A profile without an identity cannot be forwarded.' },
  forward_to_profile_is_device: { status: 400, message: 'A profile without an identity cannot be forwarded to.' },
  person_not_identified: { status: 400, message: 'The person is not identified.' },
  missing_audience_id: { status: 400, message: 'An audience id is required.' },
  audience_not_found: { status: 400, message: 'Audience not found.' },
  membership_not_found: { status: 400, message: 'Membership not found.' },
  audience_operation_another_operation_in_progress: {
    status: 400,
    message: 'Another operation on this audience is in progress.',
  },
  audience_operation_not_found: { status: 400, message: 'Audience operation not found.' },
  invalid_identity_key_value: { status: 400, message: 'A member has no valid identity key value.' },
  data_already_exists: { status: 400, message: 'The person already has data with this name.' },
  data_not_found: { status: 400, message: 'The person has no data with this name.' },
  read_only_name: { status: 400, message: 'This name is read only.' },
  invalid_name: { status: 400, message: 'The name is not valid.' },
  invalid_value: { status: 400, message: 'A value is required.' },
  data_name_length_out_of_range: { status: 400, message: 'The name is too long.' },
  data_value_length_out_of_range: { status: 400, message: 'The value is too long.' },
  value_does_not_follow_pattern: { status: 400, message: 'A parameter must have the form name:value.' },
  shareable_not_found: { status: 400, message: 'Shareable not found.' },
  code_already_taken: { status: 400, message: 'This code is already taken.' },
  reward_not_found: { status: 400, message: 'Reward not found.' },
  share_not_found: { status: 400, message: 'Share not found.' },
  journey_not_found: { status: 400, message: 'Journey not found.' },
  empty_request: { status: 400, message: 'An email or a partner user id is required.' },
  invalid_erasure_email: { status: 400, message: 'The email is not valid.' },
  missing_email_address: { status: 400, message: 'An email is required.' },
  sandbox_not_found: { status: 400, message: 'There is no such sandbox.' },
  prehandler_not_found: { status: 400, message: 'Prehandler not found.' },
  prehandler_name_duplicate: { status: 400, message: 'Another prehandler has this name.' },
  file_asset_not_found: { status: 400, message: 'File not found.' },
  file_asset_input_file_missing: { status: 400, message: 'The upload has no file content.' },
  file_asset_invalid_name: { status: 400, message: 'The file name is not valid.' },
  file_asset_duplicated_name: { status: 400, message: 'Another file has this name.' },
  file_asset_invalid_tags: { status: 400, message: 'A tag is empty or too long.' },
  file_asset_file_processing_error: { status: 400, message: 'The file could not be processed.' },
  file_asset_expired: { status: 400, message: 'The file has expired.' },
  batch_job_not_found: { status: 404, message: 'Batch job not found.' },
  batch_job_data_source_empty: { status: 400, message: 'A data source is required.' },
  batch_job_event_name_invalid: { status: 400, message: 'The event name is not valid.' },
  batch_job_name_invalid: { status: 400, message: 'The batch name is not valid.' },
  batch_job_tag_invalid: { status: 400, message: 'A tag is empty or too long.' },
  batch_job_unauthorized_scopes: { status: 400, message: 'These scopes are not allowed for a batch.' },
  batch_job_invalid_state_transition: { status: 400, message: 'The batch is in a state that does not allow this.' },
  batch_job_delete_not_allowed: { status: 400, message: 'A running batch cannot be deleted.' },
  batch_job_data_source_file_asset_not_found: { status: 400, message: 'The file of this data source was not found.' },
  batch_job_data_source_file_asset_id_missing: { status: 400, message: 'The data source needs a file id.' },
  batch_job_data_source_file_asset_format_not_supported: {
    status: 400,
    message: 'The format of this file is not supported.',
  },
  too_many_requests: {
    status: 429,
    message: 'The server is unable to process your request at the moment, please retry later.',
  },
  method_not_found: { status: 404, message: 'There is no such endpoint.' },
  method_not_allowed: { status: 405, message: 'This endpoint does not support this method.' },
  software_error: { status: 500, message: 'An unexpected error occurred.' },
} as const satisfies Record<string, { status: number; message: string }>

export type ErrorCode = keyof typeof ERRORS

/** A refusal the edge turns into Extole's error envelope. Thrown before anything is written. */
export class ExtoleError extends Error {
  readonly code: ErrorCode
  readonly parameters: Record<string, unknown>

  constructor(code: ErrorCode, parameters: Record<string, unknown> = {}) {
    super(ERRORS[code].message)
    this.code = code
    this.parameters = parameters
  }
}

/** Extole's error body (contract 2). `parameters` is always an object. */
export interface ErrorEnvelope {
  readonly unique_id: string
  readonly http_status_code: number
  readonly code: string
  readonly message: string
  readonly parameters: Record<string, unknown>
}
