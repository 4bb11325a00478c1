import * as z from 'zod';
import { understood } from './container.ts';
import type { Engine } from './engine.ts';

type Labels = Readonly<Record<string, string>>;

const labelled = z.object({ Labels: z.record(z.string(), z.string()).nullish() });
const listedVolumes = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullish() });
const listedNetworks = z.array(z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() }));

/** The labels of a network; undefined when there is none of this name. */
export async function networkLabels(engine: Engine, name: string): Promise<Labels | undefined> {
  return labelsAt(engine, `/networks/${encodeURIComponent(name)}`);
}

export async function createNetwork(engine: Engine, name: string, labels: Labels): Promise<void> {
  const json = { Name: name, CheckDuplicate: true, Labels: labels };
  await (await engine.request('POST', '/networks/create', { json })).text();
}

/** Names of those that carry all these labels. */
export async function listNetworks(engine: Engine, labels: Labels): Promise<readonly string[]> {
  const answer = await engine.request('GET', '/networks', { query: { filters: filtersOf(labels) } });
  return understood(engine, listedNetworks, await answer.json()).map(({ Name }) => Name);
}

/** Idempotent. A network that containers use stays: false then. */
export async function removeNetwork(engine: Engine, name: string): Promise<boolean> {
  const path = `/networks/${encodeURIComponent(name)}`;
  const answer = await engine.request('DELETE', path, { accept: [403, 404, 409, 500] });
  await answer.text();
  return answer.status < 400;
}

/** The labels of a volume; undefined when there is none of this name. */
export async function volumeLabels(engine: Engine, name: string): Promise<Labels | undefined> {
  return labelsAt(engine, `/volumes/${encodeURIComponent(name)}`);
}

export async function createVolume(engine: Engine, name: string, labels: Labels): Promise<void> {
  await (await engine.request('POST', '/volumes/create', { json: { Name: name, Labels: labels } })).text();
}

/** Names of those that carry all these labels. */
export async function listVolumes(engine: Engine, labels: Labels): Promise<readonly string[]> {
  const answer = await engine.request('GET', '/volumes', { query: { filters: filtersOf(labels) } });
  return (understood(engine, listedVolumes, await answer.json()).Volumes ?? []).map(({ Name }) => Name);
}

/** Throws 'engine-conflict' when a container uses it. Idempotent. */
export async function removeVolume(engine: Engine, name: string): Promise<void> {
  await (await engine.request('DELETE', `/volumes/${encodeURIComponent(name)}`, { accept: [404] })).text();
}

async function labelsAt(engine: Engine, path: string): Promise<Labels | undefined> {
  const answer = await engine.request('GET', path, { accept: [404] });
  const body = await answer.json();
  return answer.status === 404 ? undefined : (understood(engine, labelled, body).Labels ?? {});
}

function filtersOf(labels: Labels): string {
  return JSON.stringify({ label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) });
}
