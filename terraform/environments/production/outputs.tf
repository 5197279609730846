output "platform" {
  description = "What k8s/overlays, the pipeline and people need to know; terraform/README.md says what goes where."
  value       = { for name, value in module.platform : name => value if name != "endpoints_env" }
}

output "cluster_name" {
  description = "The EKS cluster."
  value       = module.platform.cluster_name
}

output "endpoints_env" {
  description = "The file endpoints.env of this environment's overlay."
  value       = module.platform.endpoints_env
}
