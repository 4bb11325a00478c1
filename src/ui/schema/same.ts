import type { DiffId, Digest, LayerKey } from '../../oci/digest.ts';

/**
 * A type as it is once it went through JSON: no brands, no readonly, and what may be undefined may be absent. Two types
 * that look different and give the same JSON become one.
 */
export type Json<T> = T extends Digest | DiffId | LayerKey
  ? string
  : T extends string | number | boolean
    ? T
    : T extends readonly (infer Item)[]
      ? Json<Item>[]
      : Flat<
          { -readonly [Key in keyof T as undefined extends T[Key] ? never : Key]: Json<T[Key]> } & {
            -readonly [Key in keyof T as undefined extends T[Key] ? Key : never]?: Json<Exclude<T[Key], undefined>>;
          }
        >;

type Flat<T> = { [Key in keyof T]: T[Key] };

/** As {@link Json}, with nothing optional: two types with other optional keys differ here. */
type Full<T> = T extends string | number | boolean
  ? T
  : T extends readonly (infer Item)[]
    ? Full<Item>[]
    : { [Key in keyof T]-?: Full<Exclude<T[Key], undefined>> };

type Both<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** `true` for types of the same JSON: `true satisfies Same<…>` does not compile where a schema is not its type. */
export type Same<A, B> = Both<Json<A>, Json<B>> & Both<Full<Json<A>>, Full<Json<B>>>;
