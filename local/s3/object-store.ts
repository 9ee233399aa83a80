import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import * as z from 'zod';
import { checksum, checksumAlgorithm } from './checksum.ts';
import { type LifecycleRule, lifecycleRule } from './lifecycle-rule.ts';

/** Times are milliseconds since the epoch, sizes bytes, ETags without quotes. */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS s3_buckets (
  name TEXT PRIMARY KEY, created_at INTEGER NOT NULL, lifecycle TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_objects (
  bucket TEXT NOT NULL, key TEXT NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL, modified_at INTEGER NOT NULL,
  segments TEXT NOT NULL, headers TEXT NOT NULL, tags TEXT NOT NULL, checksum TEXT NOT NULL,
  PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_uploads (
  id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, started_at INTEGER NOT NULL,
  headers TEXT NOT NULL, tags TEXT NOT NULL, algorithm TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_parts (
  upload_id TEXT NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL,
  file TEXT NOT NULL, modified_at INTEGER NOT NULL, checksum TEXT NOT NULL,
  PRIMARY KEY (upload_id, number)
) STRICT, WITHOUT ROWID`;

/** A column that holds JSON. */
const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
const names = json(z.record(z.string(), z.string()));
const segments = json(z.array(z.object({ file: z.string(), size: z.number() })));
const maybeChecksum = json(checksum.nullable());

const bucketRow = z.object({ name: z.string(), created_at: z.number(), lifecycle: json(z.array(lifecycleRule)) });
const objectRow = z.object({
  bucket: z.string(),
  key: z.string(),
  etag: z.string(),
  size: z.number(),
  modified_at: z.number(),
  segments,
  /** Content-Type and the like, and `x-amz-meta-…`: sent back as they came. */
  headers: names,
  tags: names,
  checksum: maybeChecksum,
});
const uploadRow = z.object({
  id: z.string(),
  bucket: z.string(),
  key: z.string(),
  started_at: z.number(),
  headers: names,
  tags: names,
  algorithm: json(checksumAlgorithm.nullable()),
});
const partRow = z.object({
  upload_id: z.string(),
  number: z.number(),
  etag: z.string(),
  size: z.number(),
  file: z.string(),
  modified_at: z.number(),
  checksum: maybeChecksum,
});

export type StoredBucket = z.infer<typeof bucketRow>;
export type StoredObject = z.infer<typeof objectRow>;
export type StoredUpload = z.infer<typeof uploadRow>;
export type StoredPart = z.infer<typeof partRow>;

/** What S3 knows of buckets, objects and uploads; the bytes are in `ObjectFiles`. */
export class ObjectStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(SCHEMA);
  }

  /** Runs `work` so that all it writes is kept or nothing. */
  atomically<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  buckets(): StoredBucket[] {
    return this.#all(bucketRow, 'SELECT * FROM s3_buckets ORDER BY name');
  }

  bucket(name: string): StoredBucket | undefined {
    return this.#all(bucketRow, 'SELECT * FROM s3_buckets WHERE name = ?', name)[0];
  }

  createBucket(name: string, nowMs: number): void {
    this.#run('INSERT OR IGNORE INTO s3_buckets (name, created_at, lifecycle) VALUES (?, ?, ?)', name, nowMs, '[]');
  }

  deleteBucket(name: string): void {
    this.#run('DELETE FROM s3_buckets WHERE name = ?', name);
  }

  setLifecycle(bucket: string, rules: readonly LifecycleRule[]): void {
    this.#run('UPDATE s3_buckets SET lifecycle = ? WHERE name = ?', JSON.stringify(rules), bucket);
  }

  object(bucket: string, key: string): StoredObject | undefined {
    return this.#all(objectRow, 'SELECT * FROM s3_objects WHERE bucket = ? AND key = ?', bucket, key)[0];
  }

  /** Makes or replaces an object. */
  putObject(object: StoredObject): void {
    const { bucket, key, etag, size, modified_at } = object;
    const texts = [object.segments, object.headers, object.tags, object.checksum].map((part) => JSON.stringify(part));
    this.#run(
      'INSERT OR REPLACE INTO s3_objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      bucket,
      key,
      etag,
      size,
      modified_at,
      ...texts,
    );
  }

  setTags(bucket: string, key: string, tags: Readonly<Record<string, string>>): void {
    this.#run('UPDATE s3_objects SET tags = ? WHERE bucket = ? AND key = ?', JSON.stringify(tags), bucket, key);
  }

  deleteObject(bucket: string, key: string): void {
    this.#run('DELETE FROM s3_objects WHERE bucket = ? AND key = ?', bucket, key);
  }

  /** Objects in the order of their keys' UTF-8 bytes, `limit` at most, beginning at or behind a key. */
  objectsFrom(
    bucket: string,
    from: { readonly key: string; readonly included: boolean },
    limit: number,
  ): StoredObject[] {
    const comparison = from.included ? '>=' : '>';
    const sql = `SELECT * FROM s3_objects WHERE bucket = ? AND key ${comparison} ? ORDER BY key LIMIT ?`;
    return this.#all(objectRow, sql, bucket, from.key, limit);
  }

  objectsModifiedBefore(bucket: string, atMs: number): StoredObject[] {
    return this.#all(objectRow, 'SELECT * FROM s3_objects WHERE bucket = ? AND modified_at <= ?', bucket, atMs);
  }

  upload(id: string): StoredUpload | undefined {
    return this.#all(uploadRow, 'SELECT * FROM s3_uploads WHERE id = ?', id)[0];
  }

  uploadsStartedBefore(bucket: string, atMs: number): StoredUpload[] {
    return this.#all(uploadRow, 'SELECT * FROM s3_uploads WHERE bucket = ? AND started_at <= ?', bucket, atMs);
  }

  putUpload({ id, bucket, key, started_at, headers, tags, algorithm }: StoredUpload): void {
    const texts = [headers, tags, algorithm].map((part) => JSON.stringify(part));
    this.#run('INSERT INTO s3_uploads VALUES (?, ?, ?, ?, ?, ?, ?)', id, bucket, key, started_at, ...texts);
  }

  /** Forgets an upload and its parts. */
  deleteUpload(id: string): void {
    this.#run('DELETE FROM s3_uploads WHERE id = ?', id);
    this.#run('DELETE FROM s3_parts WHERE upload_id = ?', id);
  }

  part(uploadId: string, number: number): StoredPart | undefined {
    return this.#all(partRow, 'SELECT * FROM s3_parts WHERE upload_id = ? AND number = ?', uploadId, number)[0];
  }

  parts(uploadId: string): StoredPart[] {
    return this.#all(partRow, 'SELECT * FROM s3_parts WHERE upload_id = ? ORDER BY number', uploadId);
  }

  /** Adds or replaces a part. */
  putPart({ upload_id, number, etag, size, file, modified_at, checksum: sum }: StoredPart): void {
    const values = [upload_id, number, etag, size, file, modified_at, JSON.stringify(sum)];
    this.#run('INSERT OR REPLACE INTO s3_parts VALUES (?, ?, ?, ?, ?, ?, ?)', ...values);
  }

  /** Names of all files that objects and parts are made of. */
  files(): Set<string> {
    const sql = `SELECT json_extract(segment.value, '$.file') AS file FROM s3_objects, json_each(segments) AS segment
      UNION ALL SELECT file FROM s3_parts`;
    return new Set(this.#all(z.object({ file: z.string() }), sql).map(({ file }) => file));
  }

  #all<Schema extends z.ZodType>(schema: Schema, sql: string, ...values: SQLInputValue[]): z.output<Schema>[] {
    return this.#database
      .prepare(sql)
      .all(...values)
      .map((row) => schema.parse(row));
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }
}
