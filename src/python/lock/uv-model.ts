import type { SourceLocation } from '../../errors.ts';
import type { Marker } from '../marker.ts';
import type { LockedFile, LockedSource } from './package.ts';

/** A uv.lock (version 1), every name normalized and every dependency tied to its package. */
export interface UvLockFile {
  readonly shown: string;
  /** Absolute. */
  readonly folder: string;
  readonly requiresPython: string;
  readonly packages: readonly UvPackage[];
  /** Environments that the lock was made for; empty: all. */
  readonly supportedMarkers: readonly Marker[];
  readonly conflicts: readonly (readonly UvConflictItem[])[];
  readonly manifest: UvManifest;
}

export interface UvManifest {
  /** Names of the workspace's members; empty for a single project. */
  readonly members: readonly string[];
  /** What a workspace root without a project asks for. */
  readonly requirements: readonly UvRequirement[];
  readonly groups: ReadonlyMap<string, readonly UvRequirement[]>;
}

export interface UvPackage {
  readonly name: string;
  readonly version?: string;
  readonly source: LockedSource;
  /** Equal for two packages when their sources are the same. */
  readonly sourceKey: string;
  readonly location: SourceLocation;
  readonly dependencies: readonly UvDependency[];
  readonly extras: ReadonlyMap<string, readonly UvDependency[]>;
  readonly groups: ReadonlyMap<string, readonly UvDependency[]>;
  readonly wheels: readonly LockedFile[];
  readonly sdist?: LockedFile;
  /** Environments that this fork of the package is for; empty: all. */
  readonly forkMarkers: readonly Marker[];
  /** What the package asked for when the lock was made; only for folders. */
  readonly metadata?: UvMetadata;
}

export interface UvDependency {
  readonly package: UvPackage;
  readonly extras: readonly string[];
  /** May speak of activated extras, groups and projects in its encoded names. */
  readonly marker?: Marker;
}

export interface UvMetadata {
  readonly requiresDist: readonly UvRequirement[];
  readonly groups: ReadonlyMap<string, readonly UvRequirement[]>;
  /** Absent in locks of older revisions. */
  readonly extras?: readonly string[];
}

export interface UvRequirement {
  readonly name: string;
  readonly extras: readonly string[];
  readonly specifier: string;
  readonly marker?: Marker;
  /** `git`, `url`, `path`, `directory`, `editable`, `virtual`, `index`, as the lock has them. */
  readonly from: ReadonlyMap<string, string>;
  readonly location: SourceLocation;
}

/** What a set of conflicts excludes: a project's extra, its group, or the project itself. */
export interface UvConflictItem {
  readonly package: string;
  readonly kind: 'extra' | 'group' | 'project';
  /** The extra's or group's name; the package's for a project. */
  readonly name: string;
}
