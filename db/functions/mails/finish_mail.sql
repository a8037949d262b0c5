begin;
set local role berth_owner;

create function booking.finish_mail(
  tenant_id uuid,
  mail_id uuid,
  attempt integer,
  error text default null,
  retry_in interval default null
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update booking.mails m
     set status = case when finish_mail.error is null then 'sent' when retry_in is null then 'failed' else 'pending' end,
         items = case when finish_mail.error is null then '[]' else m.items end,
         sent_at = case when finish_mail.error is null then booking.now() end,
         next_attempt_at = booking.now() + coalesce(retry_in, '0'),
         error = pg_catalog.left(finish_mail.error, 1000)
   where m.tenant_id = finish_mail.tenant_id and m.id = mail_id and m.attempts = attempt and m.status = 'pending';
end
$$;

comment on function booking.finish_mail(uuid, uuid, integer, text, interval) is
  'Says how an attempt at a mail went: sent; or the error, and when to try again, if ever. One whose lease another '
  'has taken over says nothing.';
grant execute on function booking.finish_mail(uuid, uuid, integer, text, interval) to berth_worker;

commit;
