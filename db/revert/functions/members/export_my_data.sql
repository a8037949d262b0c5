begin;

drop function api.export_my_data();

commit;
