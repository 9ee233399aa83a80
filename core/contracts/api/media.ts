import * as z from 'zod';
import { MEDIA_LIMITS } from '../../domain/media-kinds.ts';

const ProductSchema = z.literal('whatsapp');

/** `type/subtype`, with or without parameters. */
const MimeTypeSchema = z
  .string()
  .max(255)
  .regex(/^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(\s*;.*)?$/, 'must be a mime type, for example application/pdf')
  .meta({ example: 'application/pdf' });

/** What an upload says beside its file, in the form or in the query. */
export const MediaFieldsSchema = z.object({
  messaging_product: ProductSchema,
  type: MimeTypeSchema.optional(),
});

/** `POST /{phone_number_id}/media` as a form. */
export const MediaUploadFormSchema = MediaFieldsSchema.extend({
  file: z.string().meta({ format: 'binary', description: 'At most 4 MB' }),
}).meta({ id: 'MediaUploadForm' });

/** `POST /{phone_number_id}/media` as JSON: asks for an address that a larger file may be put to. */
export const MediaUploadRequestSchema = z
  .object({
    messaging_product: ProductSchema,
    type: MimeTypeSchema,
    file_size: z
      .int()
      .min(1)
      .max(MEDIA_LIMITS.document.mostBytes)
      .meta({ description: 'Bytes; exactly as many have to be put' }),
    filename: z.string().min(1).max(240).optional(),
    sha256: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be a SHA-256 digest in base64')
      .optional()
      .meta({ description: 'Digest of the file, base64; S3 then refuses any other file' }),
  })
  .meta({ id: 'MediaUploadRequest' });

export const MediaUploadResponseSchema = z
  .object({ id: z.string().meta({ example: '44907093273840334907' }) })
  .meta({ id: 'MediaUploadResponse' });

export const PresignedUploadResponseSchema = MediaUploadResponseSchema.extend({
  upload_url: z.url().meta({ description: 'PUT the file there within 15 minutes; it needs no Authorization' }),
  headers: z.record(z.string(), z.string()).meta({ description: 'Headers that the PUT has to have, as they are' }),
}).meta({ id: 'PresignedUploadResponse' });
export type PresignedUploadResponse = z.infer<typeof PresignedUploadResponseSchema>;

/** `GET /{media-id}`. */
export const MediaResponseSchema = z
  .object({
    messaging_product: ProductSchema,
    url: z.url().meta({ description: 'Works for 5 minutes, with or without Authorization; answers 302' }),
    mime_type: z.string().meta({ example: 'image/jpeg' }),
    sha256: z.string().meta({ description: 'Digest of the file, base64' }),
    file_size: z.string().meta({ example: '303833' }),
    id: z.string(),
  })
  .meta({ id: 'Media' });
export type MediaResponse = z.infer<typeof MediaResponseSchema>;
