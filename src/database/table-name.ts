/** A table by its schema and name. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}
