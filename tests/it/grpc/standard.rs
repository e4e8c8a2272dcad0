//! The standard services: health knows its names, reflection tells the API.

use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::support::{channel, config, started};

#[tokio::test]
async fn health_of_another_service_is_not_found() {
    let (running, _client) = started(config()).await;
    let mut health = HealthClient::new(channel(&running.addresses()[0]).await);
    let request = HealthCheckRequest { service: "sidegate.v1.Nothing".to_owned() };
    assert_eq!(health.check(request).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn reflection_lists_the_services_and_their_files() {
    let (running, _client) = started(config()).await;
    let mut reflection = ServerReflectionClient::new(channel(&running.addresses()[0]).await);
    let ask = |request| ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let requests = vec![
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("sidegate.v1.AuthorizationService.Check".to_owned())),
        ask(MessageRequest::FileByFilename("google/rpc/status.proto".to_owned())),
        ask(MessageRequest::FileByFilename("sidegate/v1/error_reason.proto".to_owned())),
    ];
    let mut told =
        reflection.server_reflection_info(tokio_stream::iter(requests)).await.unwrap().into_inner();

    let Some(MessageResponse::ListServicesResponse(list)) =
        told.message().await.unwrap().unwrap().message_response
    else {
        panic!("no list of services");
    };
    let mut names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    names.sort();
    let expected =
        ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "sidegate.v1.AuthorizationService"];
    assert_eq!(names, expected);
    for _ in 0..3 {
        let response = told.message().await.unwrap().unwrap().message_response;
        assert!(matches!(response, Some(MessageResponse::FileDescriptorResponse(_))), "{response:?}");
    }
}

#[tokio::test]
async fn b34_reflection_tells_nothing_of_what_is_answered_elsewhere() {
    let (running, _client) = started(config()).await;
    let mut reflection = ServerReflectionClient::new(channel(&running.addresses()[0]).await);
    let symbol = |name: &str| MessageRequest::FileContainingSymbol(name.to_owned());
    let elsewhere = [
        symbol("sidegate.v1.PolicyService"),
        symbol("sidegate.v1.PolicyService.Push"),
        symbol("sidegate.v1.PushRequest"),
        MessageRequest::FileByFilename("sidegate/v1/policy.proto".to_owned()),
    ];
    for request in elsewhere {
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
        let asked = tokio_stream::iter([request.clone()]);
        let mut told = reflection.server_reflection_info(asked).await.unwrap().into_inner();
        assert_eq!(told.message().await.unwrap_err().code(), Code::NotFound, "{request:?}");
    }
}
