import { useDestination } from '../use-destination.ts'
import { EventTester } from './event-tester.tsx'

export function TestTab() {
  return <EventTester destination={useDestination()} />
}
