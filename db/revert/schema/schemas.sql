begin;

set local role berth_owner;
alter default privileges grant execute on functions to public;
drop schema api;
drop schema booking;
reset role;

do $$
begin
  execute format('alter database %I reset jit', current_database());
exception
  when insufficient_privilege then null;
end
$$;

-- Each goes if nothing else needs it; on Supabase both may be somebody else's.
do $$
begin
  drop extension btree_gist;
exception
  when dependent_objects_still_exist or insufficient_privilege then null;
end
$$;
do $$
begin
  drop schema extensions;
exception
  when dependent_objects_still_exist or insufficient_privilege then null;
end
$$;

commit;
