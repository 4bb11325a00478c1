import * as z from 'zod';
import { doctorFormatVersion, type DoctorJson, doctorSections } from '../doctor.ts';
import type { Same } from './same.ts';

const finding = z.strictObject({
  section: z.enum(doctorSections),
  state: z
    .enum(['ok', 'note', 'broken'])
    .describe('note: it works, but is worth knowing, or it is missing and need not be there.'),
  what: z.string(),
  hint: z.string().exactOptional().describe('What to do.'),
});

const shape = z.strictObject({
  version: z.literal(doctorFormatVersion),
  healthy: z.boolean().describe('Whether nothing is broken; then the exit status is 0.'),
  findings: z.array(finding).describe('In the order of their sections.'),
});
true satisfies Same<z.infer<typeof shape>, DoctorJson>;

/** What `doctor --format json` prints. */
export const doctorSchema: z.ZodType = shape.meta({ title: 'What pycontainer doctor --format json prints' });
