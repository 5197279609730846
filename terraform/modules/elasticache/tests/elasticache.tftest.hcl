mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name                     = "raally-test"
  node_type                = "cache.m7g.large"
  vpc_id                   = "vpc-1"
  subnet_ids               = ["subnet-1", "subnet-2", "subnet-3"]
  client_security_group_id = "sg-1"
  auth_token               = "0123456789abcdefABCDEF"
}

run "shards_that_fail_over" {
  command = plan

  assert {
    condition = (
      aws_elasticache_replication_group.this.num_node_groups == 3 && aws_elasticache_replication_group.this.replicas_per_node_group == 1 &&
      aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    )
    error_message = "There are not three shards that fail over to another zone."
  }

  assert {
    condition     = anytrue([for setting in aws_elasticache_parameter_group.this.parameter : setting.name == "cluster-enabled" && setting.value == "yes"])
    error_message = "Redis is not in cluster mode."
  }

  assert {
    condition     = length(output.nodes) == 6 && contains(output.nodes, "raally-test-0003-002")
    error_message = "The nodes are not named as ElastiCache names them."
  }
}

run "encrypted_at_rest_and_on_the_way" {
  command = plan

  assert {
    condition = (
      aws_elasticache_replication_group.this.at_rest_encryption_enabled == "true" && aws_elasticache_replication_group.this.transit_encryption_enabled &&
      aws_elasticache_replication_group.this.transit_encryption_mode == "required" && aws_elasticache_replication_group.this.auth_token_update_strategy == "ROTATE"
    )
    error_message = "Redis is not encrypted, takes plain text, or refuses the old token the moment a new one is set."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.clients.referenced_security_group_id == "sg-1" && aws_vpc_security_group_ingress_rule.clients.cidr_ipv4 == null
    error_message = "Somebody other than the cluster reaches Redis."
  }
}

run "a_snapshot_every_day" {
  command = plan

  assert {
    condition     = aws_elasticache_replication_group.this.snapshot_retention_limit == 7 && aws_elasticache_replication_group.this.final_snapshot_identifier == "raally-test-last"
    error_message = "There are no daily snapshots, or none is left at the end."
  }
}

run "another_release_is_refused" {
  command = plan

  variables {
    engine_version = "6.2"
  }

  expect_failures = [var.engine_version]
}

run "a_type_that_is_no_caches_is_refused" {
  command = plan

  variables {
    node_type = "db.r7g.large"
  }

  expect_failures = [var.node_type]
}

run "a_shard_without_a_replica_is_refused" {
  command = plan

  variables {
    replicas = 0
  }

  expect_failures = [var.replicas]
}

run "no_shard_is_refused" {
  command = plan

  variables {
    shards = 0
  }

  expect_failures = [var.shards]
}

run "no_snapshot_is_refused" {
  command = plan

  variables {
    snapshot_days = 0
  }

  expect_failures = [var.snapshot_days]
}

run "a_short_token_is_refused" {
  command = plan

  variables {
    auth_token = "short"
  }

  expect_failures = [var.auth_token]
}

run "one_zone_is_refused" {
  command = plan

  variables {
    subnet_ids = ["subnet-1"]
  }

  expect_failures = [var.subnet_ids]
}
