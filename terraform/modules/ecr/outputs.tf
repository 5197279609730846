output "urls" {
  description = "The repositories' addresses, for k8s/overlays and the pipeline."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}
