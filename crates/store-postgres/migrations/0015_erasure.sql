-- Erasing what is known of somebody begins a new epoch of that workspace's log (docs/adr/0026).

GRANT UPDATE (epoch) ON raally.streams TO raally_app;
