mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name               = "raally-test-cluster"
  kubernetes_version = "1.34"
  subnet_ids         = ["subnet-1", "subnet-2", "subnet-3"]

  node_groups = {
    general = { instance_types = ["m7i.large"], least = 2, most = 4 }
    compute = { instance_types = ["c7i.large", "c7a.large", "c6i.large"], capacity = "SPOT", least = 0, most = 4 }
  }
}

run "the_control_plane_is_closed_encrypted_and_logged" {
  command = plan

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "The API server answers from outside without anybody having asked for it."
  }

  assert {
    condition     = contains(aws_eks_cluster.this.encryption_config[0].resources, "secrets") && length(aws_eks_cluster.this.enabled_cluster_log_types) == 5
    error_message = "Secrets are not encrypted, or the control plane does not log all it can."
  }

  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API" && !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "Whoever made the cluster administers it without an access entry."
  }
}

run "general_and_compute_nodes_on_demand_and_spot" {
  command = plan

  assert {
    condition     = aws_eks_node_group.this["general"].capacity_type == "ON_DEMAND" && aws_eks_node_group.this["compute"].capacity_type == "SPOT"
    error_message = "general is not on demand, or compute not of spot instances."
  }

  assert {
    condition     = aws_eks_node_group.this["general"].scaling_config[0].min_size == 2 && aws_eks_node_group.this["general"].scaling_config[0].max_size == 4
    error_message = "A node group cannot grow."
  }

  assert {
    condition = alltrue([
      for template in aws_launch_template.this :
      template.metadata_options[0].http_tokens == "required" && template.metadata_options[0].http_put_response_hop_limit == 1 && template.block_device_mappings[0].ebs[0].encrypted == "true"
    ])
    error_message = "Pods can take a node's rights, or a node's disk is not encrypted."
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy_attachment.node)) == toset(["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"])
    error_message = "Nodes may more than register themselves and pull images."
  }
}

run "administrators_have_access_entries" {
  command = plan

  variables {
    administrators = { operators = "arn:aws:iam::123456789012:role/operators" }
  }

  assert {
    condition     = length(aws_eks_access_entry.administrators) == 1 && aws_eks_access_policy_association.administrators["operators"].access_scope[0].type == "cluster"
    error_message = "An administrator has no access entry."
  }
}

run "the_api_answers_networks_that_were_named" {
  command = plan

  variables {
    public_access_cidrs = ["203.0.113.0/24"]
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_public_access && aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(["203.0.113.0/24"])
    error_message = "The API server does not answer the network that was named, or answers others too."
  }
}

run "everybody_is_refused" {
  command = plan

  variables {
    public_access_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.public_access_cidrs]
}

run "a_kubernetes_that_is_too_old_is_refused" {
  command = plan

  variables {
    kubernetes_version = "1.29"
  }

  expect_failures = [var.kubernetes_version]
}

run "another_name_is_refused" {
  command = plan

  variables {
    name = "raally"
  }

  expect_failures = [var.name]
}

run "a_cluster_in_two_zones_is_refused" {
  command = plan

  variables {
    subnet_ids = ["subnet-1", "subnet-2"]
  }

  expect_failures = [var.subnet_ids]
}

run "an_administrator_that_is_no_arn_is_refused" {
  command = plan

  variables {
    administrators = { anybody = "*" }
  }

  expect_failures = [var.administrators]
}

run "spot_instances_of_one_type_are_refused" {
  command = plan

  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], least = 2, most = 4 }
      compute = { instance_types = ["c7i.large"], capacity = "SPOT", least = 0, most = 4 }
    }
  }

  expect_failures = [var.node_groups]
}

run "fewer_at_most_than_at_least_is_refused" {
  command = plan

  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], least = 4, most = 2 }
      compute = { instance_types = ["c7i.large"], least = 0, most = 4 }
    }
  }

  expect_failures = [var.node_groups]
}

run "one_node_group_alone_is_refused" {
  command = plan

  variables {
    node_groups = { general = { instance_types = ["m7i.large"], least = 2, most = 4 } }
  }

  expect_failures = [var.node_groups]
}
