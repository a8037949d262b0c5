begin;
set local role berth_owner;

create function booking.is_mail_template(given text) returns boolean
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return pg_catalog.regexp_replace(given, '\$(\$|(name|tenant|resource|title|times|before|until|reason|reference|link)\M|\{(name|tenant|resource|title|times|before|until|reason|reference|link)\})', '', 'g') !~ '\$';

comment on function booking.is_mail_template(text) is
  'Whether every dollar of a text begins a name that mails know, or is doubled.';

commit;
