-- Supabase has a schema extensions of its own: it goes only when it is empty.
begin;

alter default privileges for role berth_owner grant execute on functions to public;
drop schema api;
drop schema booking;
drop extension btree_gist;

do $$
begin
  drop schema extensions;
exception
  when dependent_objects_still_exist or insufficient_privilege then null;
end
$$;

commit;
