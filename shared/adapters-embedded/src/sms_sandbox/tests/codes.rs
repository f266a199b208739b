//! Codes, as Verify makes them.

use super::*;

impl Bench {
    async fn verify(&self, what: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let path = format!("/v2/Services/{}/{what}", self.sandbox.config().verify_service);
        self.request("POST", &path, form).await.unwrap()
    }

    fn codes(&self) -> Vec<String> {
        let codes = self.sandbox.texts_where(|text| text.direction == Direction::Code);
        codes.iter().filter_map(|text| text.body.rsplit(' ').next()).map(str::to_owned).collect()
    }
}

const START_SMS: [(&str, &str); 2] = [("To", TO), ("Channel", "sms")];

#[tokio::test]
async fn a_code_reaches_the_phone_and_is_right_once() {
    let bench = Bench::new();
    let (status, json) = bench.verify("Verifications", &START_SMS).await;
    assert_eq!((status, json["status"].as_str()), (201, Some("pending")));
    bench.pass(seconds(60)).await;
    assert!(bench.sandbox.texts()[0].is_on_phone());
    let code = bench.codes()[0].clone();
    let (status, json) = bench.verify("VerificationCheck", &[("To", TO), ("Code", &code)]).await;
    assert_eq!((status, json["status"].as_str()), (200, Some("approved")));
    let again = bench.verify("VerificationCheck", &[("To", TO), ("Code", &code)]).await;
    assert_eq!((again.0, again.1["code"].as_u64()), (404, Some(20404)));
    let listed = bench.request("GET", "/v2/Services/VA1/Verifications", &[]).await.unwrap();
    assert_eq!(listed.0, 404);
}

#[tokio::test]
async fn the_same_code_is_sent_again_while_it_is_good_at_most_five_times() {
    let bench = Bench::new();
    for _ in 0..5 {
        assert_eq!(bench.verify("Verifications", &START_SMS).await.0, 201);
    }
    let refused = bench.verify("Verifications", &START_SMS).await;
    assert_eq!((refused.0, refused.1["code"].as_u64()), (429, Some(60203)));
    let codes = bench.codes();
    assert!(codes.len() == 5 && codes.iter().all(|code| *code == codes[0]), "{codes:?}");
    bench.pass(seconds(601)).await;
    assert_eq!(bench.verify("Verifications", &START_SMS).await.0, 201);
    assert_ne!(bench.codes()[5], codes[0]);
}

#[tokio::test]
async fn five_wrong_guesses_end_it() {
    let bench = Bench::new();
    bench.verify("Verifications", &START_SMS).await;
    let code = bench.codes()[0].clone();
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        let (status, json) =
            bench.verify("VerificationCheck", &[("To", TO), ("Code", wrong)]).await;
        assert_eq!((status, json["status"].as_str()), (200, Some("pending")));
    }
    let ended = bench.verify("VerificationCheck", &[("To", TO), ("Code", wrong)]).await;
    assert_eq!((ended.0, ended.1["code"].as_u64()), (429, Some(60202)));
    assert_eq!(bench.verify("VerificationCheck", &[("To", TO), ("Code", &code)]).await.0, 404);
}
