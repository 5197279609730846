mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name                     = "raally-test"
  instance_class           = "db.r7g.large"
  storage_gib              = { least = 100, most = 1000 }
  read_replicas            = 2
  vpc_id                   = "vpc-1"
  subnet_ids               = ["subnet-1", "subnet-2", "subnet-3"]
  client_security_group_id = "sg-1"
  admin_password           = "not-kept-anywhere"
  admin_password_version   = 1
}

run "a_standby_replicas_and_backups" {
  command = plan

  assert {
    condition     = aws_db_instance.primary.multi_az && length(aws_db_instance.replicas) == 2
    error_message = "There is no standby, or not as many replicas as were asked for."
  }

  assert {
    condition     = aws_db_instance.primary.backup_retention_period == 14 && aws_db_instance.primary.deletion_protection && !aws_db_instance.primary.skip_final_snapshot
    error_message = "The database is not backed up, or can be deleted by mistake."
  }

  assert {
    condition     = aws_db_instance.primary.max_allocated_storage == 1000 && aws_db_instance.primary.auto_minor_version_upgrade && aws_db_instance.primary.maintenance_window != aws_db_instance.replicas[0].maintenance_window
    error_message = "Storage does not grow, or nothing is maintained, or all at the same time."
  }
}

run "encrypted_watched_and_closed" {
  command = plan

  assert {
    condition = alltrue([
      for server in concat([aws_db_instance.primary], aws_db_instance.replicas) :
      server.storage_encrypted && server.performance_insights_enabled && server.monitoring_interval == 60 && !server.publicly_accessible && server.iam_database_authentication_enabled
    ])
    error_message = "A server is not encrypted, has no Performance Insights or no monitoring, or is public."
  }

  assert {
    condition     = anytrue([for setting in aws_db_parameter_group.this.parameter : setting.name == "rds.force_ssl" && setting.value == "1"])
    error_message = "The server takes connections in plain text."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.clients.referenced_security_group_id == "sg-1" && aws_vpc_security_group_ingress_rule.clients.cidr_ipv4 == null
    error_message = "Somebody other than the cluster reaches the server."
  }
}

run "the_password_is_not_in_the_state" {
  command = plan

  assert {
    condition     = aws_db_instance.primary.password == null && aws_db_instance.primary.password_wo_version == 1
    error_message = "The password is kept in Terraform's state."
  }
}

run "without_protection_it_can_be_taken_down" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = !aws_db_instance.primary.deletion_protection && aws_db_instance.primary.skip_final_snapshot
    error_message = "It cannot be taken down."
  }
}

run "a_release_that_raally_does_not_know_is_refused" {
  command = plan

  variables {
    engine_version = "14"
  }

  expect_failures = [var.engine_version]
}

run "a_class_that_is_no_databases_is_refused" {
  command = plan

  variables {
    instance_class = "m7g.large"
  }

  expect_failures = [var.instance_class]
}

run "storage_that_cannot_grow_is_refused" {
  command = plan

  variables {
    storage_gib = { least = 100, most = 100 }
  }

  expect_failures = [var.storage_gib]
}

run "more_replicas_than_there_can_be_are_refused" {
  command = plan

  variables {
    read_replicas = 16
  }

  expect_failures = [var.read_replicas]
}

run "backups_of_a_day_are_refused" {
  command = plan

  variables {
    backup_days = 1
  }

  expect_failures = [var.backup_days]
}

run "one_zone_is_refused" {
  command = plan

  variables {
    subnet_ids = ["subnet-1"]
  }

  expect_failures = [var.subnet_ids]
}

run "version_nought_of_a_password_is_refused" {
  command = plan

  variables {
    admin_password_version = 0
  }

  expect_failures = [var.admin_password_version]
}
