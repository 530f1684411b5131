export type { AdoptOptions, AdoptOutcome, AdoptReport } from './adopt.ts';
export { assertAdopted } from './assert-adopted.ts';
export type { Difference, MigrationEvidence, Report, Verdict } from './classify/verdict.ts';
export { AdoptError, type ErrorCode, isAdoptError } from './errors.ts';
export { type Health, healthCheck } from './health.ts';
export { adopt, detectState, planAdoption } from './library.ts';
export type { Logger } from './logger.ts';
export type { Plan, PlanOptions, Refusal, Step } from './plan/plan.ts';
export type { WorkspaceOptions } from './workspace.ts';
