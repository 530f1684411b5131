export {
  type AdoptOptions,
  type AdoptOutcome,
  type AdoptReport,
  adopt,
  assertAdopted,
} from './adopt.ts';
export type { Difference, MigrationEvidence, Report, Verdict } from './classify/verdict.ts';
export { detectState } from './detect.ts';
export { AdoptError, type ErrorCode, isAdoptError } from './errors.ts';
export { type Health, healthCheck } from './health.ts';
export type { Logger } from './logger.ts';
export type { Plan, PlanOptions, Refusal, Step } from './plan/plan.ts';
export { planAdoption } from './plan-adoption.ts';
export type { WorkspaceOptions } from './workspace.ts';
