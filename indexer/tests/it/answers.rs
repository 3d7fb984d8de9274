//! The whole answer of every endpoint to one small story.

use chorus_bindings::{
    Contract, Setting,
    core::names::{Seal, Support},
};
use chorus_indexer::Running;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{get, index, ok, sim::Sim, story::*};

/// A pool of two members, a sale that one of them leaves and that is paid, and a proposal.
async fn small() -> (TempDir, Running) {
    let mut story = Story::new(&[30, 70]);
    let mut sale = story.offer(1_000);
    story.vote(&sale, &[(0, Support::For), (1, Support::Against)]);
    story.leave(&mut sale, 0);
    story.seal(&sale, Seal::Sealed);
    story.deliver(&sale);
    story.dispute(&sale);
    story.rule(&sale, 1_000);
    story.distribute(&sale, &[]);
    let defeated = story.offer(2_000);
    story.seal(&defeated, Seal::Defeated);
    story.refund(&defeated);
    let setting = Setting::find(Contract::Escrow, "setProposalSettings").unwrap();
    let call = setting.encode(|_| Some("60".into())).unwrap();
    story.propose(Contract::Escrow, call, &[(1, Support::For)]);
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&story);
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    (folder, running)
}

/// The answer without the block it shows, which is the same in all of them.
async fn answer(running: &Running, path: &str) -> String {
    let mut answer = ok(running, path).await;
    let as_of = answer.as_object_mut().unwrap().remove("as_of").unwrap();
    assert_eq!(as_of, ok(running, "/v1/status").await["as_of"]);
    text(&answer)
}

/// The answer as a person reads it.
fn text(answer: &Value) -> String {
    serde_json::to_string_pretty(answer).unwrap()
}

#[tokio::test]
async fn the_pool() {
    let (_folder, running) = small().await;
    assert_snapshot!(answer(&running, "/v1/dao").await, @r#"
    {
      "data": {
        "arbiters": [
          "0x6363636363636363636363636363636363636363"
        ],
        "attesters": [
          "0x6161616161616161616161616161616161616161"
        ],
        "chain_id": 420420420,
        "contracts": {
          "attestations": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
          "escrow": "0xa3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3",
          "votes": "0xa2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2"
        },
        "currencies": [
          {
            "address": "0x0000000000000000000000000000000000000000",
            "base_amount": "0"
          }
        ],
        "custodians": [
          "0x6262626262626262626262626262626262626262"
        ],
        "escrow": {
          "balance": "2308",
          "base": "0",
          "credits": "2109",
          "deposits": "0",
          "donations": "0",
          "treasury": "199"
        },
        "genesis_hash": "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
        "purposes": [
          "research",
          "recommendation"
        ],
        "settings": {
          "attestations": {
            "AttestationsDeployed": {
              "daily_weight_cap": 1000000,
              "escrow": "0xa3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3",
              "guardian": "0x6060606060606060606060606060606060606060",
              "max_pause_s": 604800,
              "min_unpaused_s": 2592000,
              "purposes": 2,
              "purposes_hash": "0x0101010101010101010101010101010101010101010101010101010101010101",
              "salt": "0x0202020202020202020202020202020202020202020202020202020202020202",
              "threshold": 1,
              "votes": "0xa2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2"
            }
          },
          "escrow": {
            "EscrowDeployed": {
              "attestations": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
              "guardian": "0x6060606060606060606060606060606060606060",
              "max_pause_s": 604800,
              "min_unpaused_s": 2592000,
              "salt": "0x0404040404040404040404040404040404040404040404040404040404040404",
              "votes": "0xa2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2"
            }
          },
          "votes": {
            "VotesDeployed": {
              "approval_bps": 5000,
              "attestations": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
              "escrow": "0xa3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3",
              "proposal_threshold_bps": 100,
              "quorum_bps": 1000,
              "quorum_min": 1,
              "salt": "0x0303030303030303030303030303030303030303030303030303030303030303",
              "voting_period_s": 100
            }
          }
        },
        "totals": {
          "active_members": 2,
          "members": 2,
          "offers": 2,
          "payouts": 1,
          "supply": "100",
          "weight": 100
        }
      }
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn a_member() {
    let (_folder, running) = small().await;
    let path = format!("/v1/members/{}", person(2));
    assert_snapshot!(answer(&running, &path).await, @r#"
    {
      "data": {
        "address": "0x433ebf5bc03dffa38536673207a21281612cef5f",
        "balance": "70",
        "commitment": "0xa12871fee210fb8619291eaea194581cbd2531e4b23759d225f6806923f63222",
        "credits": {},
        "delegate": "0x433ebf5bc03dffa38536673207a21281612cef5f",
        "escrow_nonce": 0,
        "nonce": 1,
        "nullifier": "0x50cff72c8e550546d661ec235431888fb2f9f7bada40c17020d47f6ccc117aae",
        "number": 2,
        "payouts": 1,
        "purposes": 1,
        "votes": "70",
        "votes_nonce": 0,
        "weight": 70
      }
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn changes_of_contributions() {
    let (_folder, running) = small().await;
    assert_snapshot!(answer(&running, "/v1/attestations?limit=1").await, @r#"
    {
      "count": 2,
      "items": [
        {
          "at": {
            "block": 1,
            "event": 8
          },
          "commitment": "0x9dcf97a184f32623d11a73124ceb99a5709b083721e878a16d78f596718ba7b2",
          "id": 1,
          "kind": "attested",
          "member": "0xb40711a88c7039756fb8a73827eabe2c0fe5a034",
          "nonce": 1,
          "nullifier": "0x25dfd29c09617dcc9852281c030e5b3037a338a4712a42a21c907f259c6412a0",
          "number": 1,
          "previous_weight": 0,
          "purposes": 1,
          "route": 0,
          "rule_version": 1,
          "weight": 30
        }
      ],
      "next": "/v1/attestations?limit=1&cursor=79a16987c470540c000000000000000ed5943d22bd788444ddf7e5a927f636859f3bcdbb0222d1324f4e648508fc47cf000000000000000200000000000000010000000000000000"
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn offers() {
    let (_folder, running) = small().await;
    assert_snapshot!(answer(&running, "/v1/offers?limit=1").await, @r#"
    {
      "count": 2,
      "items": [
        {
          "accepted": null,
          "arbiter": "0x6363636363636363636363636363636363636363",
          "at": {
            "block": 2,
            "event": 3
          },
          "ballot": {
            "abstain_votes": "0",
            "against_votes": "70",
            "approval_bps": 5000,
            "deadline": 1800000101,
            "for_votes": "30",
            "quorum": "10",
            "snapshot": 1800000000,
            "supply": "100"
          },
          "buyer": "0xb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
          "closing": {
            "at": {
              "block": 9,
              "event": 3
            },
            "fee": "45",
            "paid_sum": "846",
            "residue": "0",
            "tip_sum": "9"
          },
          "currency": "0x0000000000000000000000000000000000000000",
          "custodian": "0x6262626262626262626262626262626262626262",
          "delivery": {
            "at": {
              "block": 6,
              "event": 1
            },
            "bundle_hash": "0x0808080808080808080808080808080808080808080808080808080808080808",
            "dispute_ends": 1800000303,
            "manifest_root": "0x0909090909090909090909090909090909090909090909090909090909090909",
            "ruling_ends": 1800000403
          },
          "dispute": {
            "at": {
              "block": 7,
              "event": 1
            },
            "reason_hash": "0x0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d"
          },
          "fields_hash": "0x0505050505050505050505050505050505050505050505050505050505050505",
          "licence_hash": "0x0606060606060606060606060606060606060606060606060606060606060606",
          "members": 1,
          "min_members": 1,
          "min_weight": 1,
          "offer": "0x1e41fa5a397c649fafed65eff53596d2a39f114b8142acb53a5cb5a7b564496e",
          "price": "1000",
          "purpose": 0,
          "refund": null,
          "ruling": {
            "arbiter": "0x6363636363636363636363636363636363636363",
            "at": {
              "block": 8,
              "event": 1
            },
            "returned": "100",
            "returned_bps": 1000
          },
          "sale": 1,
          "salt": "0x0707070707070707070707070707070707070707070707070707070707070707",
          "seal": {
            "at": {
              "block": 5,
              "event": 1
            },
            "members": 1,
            "outcome": "sealed",
            "total_weight": 70
          },
          "settled": 1,
          "settlement": {
            "fee": "45",
            "net": "846",
            "paid": "900",
            "tip": "9"
          },
          "status": "paid",
          "status_code": 10,
          "terms": {
            "delivery_ends": 1800000301,
            "dispute_s": 100,
            "fee_bps": 500,
            "listing_fee": "77",
            "members": 2,
            "opt_out_ends": 1800000201,
            "ruling_s": 100,
            "tip_bps": 100,
            "total_weight": 100,
            "voting_ends": 1800000101
          },
          "total_weight": 70
        }
      ],
      "next": "/v1/offers?limit=1&cursor=89791c784d31aed8000000000000000ed5943d22bd788444ddf7e5a927f636859f3bcdbb0222d1324f4e648508fc47cf000000000000000200000000000000010000000000000000"
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn an_offer() {
    let (_folder, running) = small().await;
    let offers = ok(&running, "/v1/offers").await;
    let path = format!("/v1/offers/{}", offers["items"][1]["offer"].as_str().unwrap());
    assert_snapshot!(answer(&running, &path).await, @r#"
    {
      "data": {
        "accepted": null,
        "arbiter": "0x6363636363636363636363636363636363636363",
        "at": {
          "block": 10,
          "event": 3
        },
        "ballot": {
          "abstain_votes": "0",
          "against_votes": "0",
          "approval_bps": 5000,
          "deadline": 1800000307,
          "for_votes": "0",
          "quorum": "10",
          "snapshot": 1800000206,
          "supply": "100"
        },
        "buyer": "0xb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
        "closing": null,
        "currency": "0x0000000000000000000000000000000000000000",
        "custodian": "0x6262626262626262626262626262626262626262",
        "delivery": null,
        "dispute": null,
        "fields_hash": "0x0505050505050505050505050505050505050505050505050505050505050505",
        "licence_hash": "0x0606060606060606060606060606060606060606060606060606060606060606",
        "members": 2,
        "min_members": 1,
        "min_weight": 1,
        "offer": "0xf9535535516e208e35e9c0e78efc9f998672699f00c34688d01678bbe58b95a6",
        "price": "2000",
        "purpose": 0,
        "refund": {
          "amount": "2000",
          "at": {
            "block": 12,
            "event": 1
          }
        },
        "ruling": null,
        "sale": 2,
        "salt": "0x0707070707070707070707070707070707070707070707070707070707070707",
        "seal": {
          "at": {
            "block": 11,
            "event": 1
          },
          "members": 2,
          "outcome": "defeated",
          "total_weight": 100
        },
        "settled": 0,
        "settlement": null,
        "status": "refunded",
        "status_code": 5,
        "terms": {
          "delivery_ends": 1800000507,
          "dispute_s": 100,
          "fee_bps": 500,
          "listing_fee": "77",
          "members": 2,
          "opt_out_ends": 1800000407,
          "ruling_s": 100,
          "tip_bps": 100,
          "total_weight": 100,
          "voting_ends": 1800000307
        },
        "total_weight": 100
      }
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn votes_on_an_offer() {
    let (_folder, running) = small().await;
    let offers = ok(&running, "/v1/offers").await;
    let path = format!("/v1/offers/{}/votes?limit=1", offers["items"][0]["offer"].as_str().unwrap());
    assert_snapshot!(answer(&running, &path).await, @r#"
    {
      "count": 2,
      "items": [
        {
          "at": {
            "block": 3,
            "event": 1
          },
          "id": 1,
          "power": "30",
          "reason": "for; ' OR 1=1 --",
          "support": "for",
          "voter": "0xb40711a88c7039756fb8a73827eabe2c0fe5a034",
          "weight": "30"
        }
      ],
      "next": "/v1/offers/0x1e41fa5a397c649fafed65eff53596d2a39f114b8142acb53a5cb5a7b564496e/votes?limit=1&cursor=60a934447d79c4c7000000000000000ed5943d22bd788444ddf7e5a927f636859f3bcdbb0222d1324f4e648508fc47cf000000000000000200000000000000010000000000000000"
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn members_of_a_sale() {
    let (_folder, running) = small().await;
    let offers = ok(&running, "/v1/offers").await;
    let path = format!("/v1/offers/{}/members", offers["items"][0]["offer"].as_str().unwrap());
    assert_snapshot!(answer(&running, &path).await, @r#"
    {
      "count": 2,
      "items": [
        {
          "commitment": "0x9dcf97a184f32623d11a73124ceb99a5709b083721e878a16d78f596718ba7b2",
          "left": {
            "block": 4,
            "event": 1
          },
          "member": "0xb40711a88c7039756fb8a73827eabe2c0fe5a034",
          "number": 1,
          "weight": 30
        },
        {
          "commitment": "0xa12871fee210fb8619291eaea194581cbd2531e4b23759d225f6806923f63222",
          "left": null,
          "member": "0x433ebf5bc03dffa38536673207a21281612cef5f",
          "number": 2,
          "weight": 70
        }
      ],
      "next": null
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn proposals() {
    let (_folder, running) = small().await;
    assert_snapshot!(answer(&running, "/v1/proposals").await, @r#"
    {
      "count": 1,
      "items": [
        {
          "at": {
            "block": 13,
            "event": 2
          },
          "ballot": {
            "abstain_votes": "0",
            "against_votes": "0",
            "approval_bps": 5000,
            "deadline": 1800000510,
            "for_votes": "70",
            "quorum": "1",
            "snapshot": 1800000409,
            "supply": "100"
          },
          "calls": [
            {
              "arguments": {
                "grace_s": "60",
                "timelock_s": "60"
              },
              "call": "0xdf5e9089000000000000000000000000000000000000000000000000000000000000003c000000000000000000000000000000000000000000000000000000000000003c",
              "contract": "escrow",
              "name": "setProposalSettings",
              "target": "0xa3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3"
            }
          ],
          "description_hash": "0x0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e",
          "executable_from": 1800000560,
          "executable_until": 1800000710,
          "execution": null,
          "proposal": "0xe605bbbdb61287b422ba0dfde868dfb3e47861dee27aef509be0ebc173047f6d",
          "proposer": "0xb40711a88c7039756fb8a73827eabe2c0fe5a034",
          "state": "active",
          "state_code": 1
        }
      ],
      "next": null
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn votes_on_a_proposal() {
    let (_folder, running) = small().await;
    let proposals = ok(&running, "/v1/proposals").await;
    let path = format!("/v1/proposals/{}/votes", proposals["items"][0]["proposal"].as_str().unwrap());
    assert_snapshot!(answer(&running, &path).await, @r#"
    {
      "count": 1,
      "items": [
        {
          "at": {
            "block": 14,
            "event": 1
          },
          "id": 3,
          "power": "70",
          "reason": "for; ' OR 1=1 --",
          "support": "for",
          "voter": "0x433ebf5bc03dffa38536673207a21281612cef5f",
          "weight": "70"
        }
      ],
      "next": null
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn payouts() {
    let (_folder, running) = small().await;
    assert_snapshot!(answer(&running, "/v1/payouts").await, @r#"
    {
      "count": 1,
      "items": [
        {
          "at": {
            "block": 9,
            "event": 5
          },
          "credited": false,
          "currency": "0x0000000000000000000000000000000000000000",
          "id": 1,
          "keeper": "0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0",
          "member": "0x433ebf5bc03dffa38536673207a21281612cef5f",
          "number": 2,
          "offer": "0x1e41fa5a397c649fafed65eff53596d2a39f114b8142acb53a5cb5a7b564496e",
          "payee": "0x433ebf5bc03dffa38536673207a21281612cef5f",
          "settled": 1,
          "share": "846",
          "tip": "9",
          "weight": 70
        }
      ],
      "next": null
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn the_ledger() {
    let (_folder, running) = small().await;
    assert_snapshot!(answer(&running, "/v1/ledger?limit=4").await, @r#"
    {
      "count": 18,
      "items": [
        {
          "account": "outside:0xb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
          "amount": "-1000",
          "at": {
            "block": 2,
            "event": 3
          },
          "currency": "0x0000000000000000000000000000000000000000",
          "id": 1,
          "kind": "deposit",
          "offer": "0x1e41fa5a397c649fafed65eff53596d2a39f114b8142acb53a5cb5a7b564496e"
        },
        {
          "account": "escrow:deposit:0x1e41fa5a397c649fafed65eff53596d2a39f114b8142acb53a5cb5a7b564496e",
          "amount": "1000",
          "at": {
            "block": 2,
            "event": 3
          },
          "currency": "0x0000000000000000000000000000000000000000",
          "id": 2,
          "kind": "deposit",
          "offer": "0x1e41fa5a397c649fafed65eff53596d2a39f114b8142acb53a5cb5a7b564496e"
        },
        {
          "account": "outside:0xb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
          "amount": "-77",
          "at": {
            "block": 2,
            "event": 5
          },
          "currency": "0x0000000000000000000000000000000000000000",
          "id": 3,
          "kind": "listing_fee",
          "offer": "0x1e41fa5a397c649fafed65eff53596d2a39f114b8142acb53a5cb5a7b564496e"
        },
        {
          "account": "escrow:credit:0x0000000000000000000000000000000000000000",
          "amount": "77",
          "at": {
            "block": 2,
            "event": 5
          },
          "currency": "0x0000000000000000000000000000000000000000",
          "id": 4,
          "kind": "listing_fee",
          "offer": "0x1e41fa5a397c649fafed65eff53596d2a39f114b8142acb53a5cb5a7b564496e"
        }
      ],
      "next": "/v1/ledger?limit=4&cursor=78a9a710478dd261000000000000000ed5943d22bd788444ddf7e5a927f636859f3bcdbb0222d1324f4e648508fc47cf000000000000001200000000000000040000000000000000"
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn events() {
    let (_folder, running) = small().await;
    assert_snapshot!(answer(&running, "/v1/events?limit=2").await, @r#"
    {
      "count": 48,
      "items": [
        {
          "at": {
            "block": 1,
            "event": 1
          },
          "contract": "attestations",
          "data": "0x000000000000000000000000a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2000000000000000000000000a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a30000000000000000000000006060606060606060606060606060606060606060000000000000000000000000000000000000000000000000000000000000000100000000000000000000000000000000000000000000000000000000000f42400000000000000000000000000000000000000000000000000000000000000002010101010101010101010101010101010101010101010101010101010101010102020202020202020202020202020202020202020202020202020202020202020000000000000000000000000000000000000000000000000000000000093a800000000000000000000000000000000000000000000000000000000000278d00",
          "extrinsic": 1,
          "fields": {
            "daily_weight_cap": 1000000,
            "escrow": "0xa3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3",
            "guardian": "0x6060606060606060606060606060606060606060",
            "max_pause_s": 604800,
            "min_unpaused_s": 2592000,
            "purposes": 2,
            "purposes_hash": "0x0101010101010101010101010101010101010101010101010101010101010101",
            "salt": "0x0202020202020202020202020202020202020202020202020202020202020202",
            "threshold": 1,
            "votes": "0xa2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2"
          },
          "name": "AttestationsDeployed",
          "topics": [
            "0x2863052b0cabd782078018954a3c6306fbd0de2229e304ef6b23077ec2b371bd"
          ]
        },
        {
          "at": {
            "block": 1,
            "event": 2
          },
          "contract": "attestations",
          "data": "0x",
          "extrinsic": 1,
          "fields": {
            "attester": "0x6161616161616161616161616161616161616161"
          },
          "name": "AttesterAdded",
          "topics": [
            "0x6ba7a3f25b8b53ecc6d1367a381fde6e7bd6ae793acb6b3f4726c425fc0caec7",
            "0x0000000000000000000000006161616161616161616161616161616161616161"
          ]
        }
      ],
      "next": "/v1/events?limit=2&cursor=b20c487d96b87b82000000000000000ed5943d22bd788444ddf7e5a927f636859f3bcdbb0222d1324f4e648508fc47cf000000000000003000000000000000010000000000000002"
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn the_status() {
    let (_folder, running) = small().await;
    assert_snapshot!(answer(&running, "/v1/status").await, @r#"
    {
      "data": {
        "finalized_block": 14,
        "lag_blocks": 0,
        "ready": true,
        "reason": null,
        "undecoded": [],
        "version": "0.1.0"
      }
    }
    "#);
    running.stop().await;
}

#[tokio::test]
async fn health_and_refusals() {
    let (_folder, running) = small().await;
    assert_snapshot!(text(&ok(&running, "/health/live").await), @r#"
    {
      "status": "ok"
    }
    "#);
    let mut refusals = Vec::new();
    for path in ["/v1/offers?limit=0", "/v1/offers/0x", "/v1/ledger?account=escrow", "/v1/dao?x=1", "/v2"] {
        let (status, body) = get(&running, path).await;
        refusals.push(json!([path, status, body]));
    }
    assert_snapshot!(text(&refusals.into()), @r#"
    [
      [
        "/v1/offers?limit=0",
        400,
        {
          "error": {
            "code": "bad_limit",
            "message": "limit is a number from 1 to 1000"
          }
        }
      ],
      [
        "/v1/offers/0x",
        400,
        {
          "error": {
            "code": "bad_hex",
            "message": "an id is 0x and 64 hex digits"
          }
        }
      ],
      [
        "/v1/ledger?account=escrow",
        400,
        {
          "error": {
            "code": "bad_query",
            "message": "an account is written as in the ledger: outside:0x…, outside:unknown, escrow:deposit:0x…, escrow:credit:0x…, escrow:donations or escrow:base, with lower-case hex"
          }
        }
      ],
      [
        "/v1/dao?x=1",
        400,
        {
          "error": {
            "code": "bad_query",
            "message": "unknown field `x`, there are no fields"
          }
        }
      ],
      [
        "/v2",
        404,
        {
          "error": {
            "code": "not_found",
            "message": "there is nothing at this path; /openapi.json lists what there is"
          }
        }
      ]
    ]
    "#);
    running.stop().await;
}

#[tokio::test]
async fn headers_let_any_page_read_and_nobody_keep() {
    let (_folder, running) = small().await;
    let url = format!("{}/v1/dao", running.api_url());
    let answer = reqwest::get(&url).await.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let names = ["access-control-allow-origin", "cache-control", "x-content-type-options", "content-type"];
    assert_eq!(names.map(header), ["*", "no-store", "nosniff", "application/json"].map(|value| Some(value.to_owned())));
    // A browser asks first when a page sends headers of its own.
    let asked = reqwest::Client::new().request(reqwest::Method::OPTIONS, &url);
    let asked = asked.header("origin", "https://example.org").header("access-control-request-method", "GET");
    let answer = asked.send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["access-control-allow-methods"].to_str().unwrap()),
        (200, "GET,HEAD")
    );
    running.stop().await;
}
