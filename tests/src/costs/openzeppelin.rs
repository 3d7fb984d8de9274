//! OpenZeppelin's equivalents, as EVM code on the same runtime: `tests/solidity`, compiled by `scripts/bench`.

use std::path::Path;

use alloy_sol_types::sol;
use anyhow::Context as _;
use chorus_bindings::{Address, Bytes, SolCall as _, SolValue as _, U256};

use super::{Act, By, Costs};
use crate::bytecode::{DEPLOYER, Pool, UNIT, member, settings};

sol! {
    interface Token {
        function mint(address to, uint256 value);
        function transfer(address to, uint256 value) returns (bool);
    }

    interface Ballots {
        function propose(address[] targets, uint256[] values, bytes[] calls, string description) returns (uint256);
        function castVote(uint256 proposal, uint8 support) returns (uint256);
    }

    interface Splitter {
        function release(address account);
    }

    interface Push {
        function push(address[] payees, uint256 value) payable;
    }
}

/// Payees of one loop of bare payments.
const PUSHES: u32 = 100;

/// Measures them with the code in `folder`. Everybody who appears exists already, and holds something.
pub(crate) fn measure(costs: &mut Costs, folder: &Path) -> anyhow::Result<()> {
    let mut pool = Pool::new(&settings());
    let payees: Vec<Address> = (1..=PUSHES).map(member).collect();
    for payee in &payees {
        pool.endow(*payee, 1_000_000_000_000);
    }
    votes(costs, &mut pool, folder)?;
    payments(costs, &mut pool, folder, &payees)
}

fn votes(costs: &mut Costs, pool: &mut Pool, folder: &Path) -> anyhow::Result<()> {
    let by = By::OpenZeppelin;
    let token = pool.deploy(0, &code(folder, "Token_sol_Token")?, &[]).ok();
    let ballots = pool.deploy(0, &code(folder, "Ballots_sol_Ballots")?, &token.abi_encode()).ok();
    let value = U256::from(10_000);
    let mint = |to| Token::mintCall { to, value };
    pool.call(DEPLOYER, token, &mint(member(1))).ok();
    pool.now += 1;
    let minted = pool.call(DEPLOYER, token, &mint(member(2)));
    costs.note(by, Some(Act::Contribution), 1, "ERC20Votes: mint, self-delegated", minted);
    pool.now += 1;
    let propose = Ballots::proposeCall {
        targets: vec![token],
        values: vec![U256::ZERO],
        calls: vec![mint(member(3)).abi_encode().into()],
        description: "a proposal".into(),
    };
    let proposal = pool.call(DEPLOYER, ballots, &propose).ok();
    pool.now += 1;
    pool.call(member(2), ballots, &Ballots::castVoteCall { proposal, support: 1 }).ok();
    let vote = pool.call(member(1), ballots, &Ballots::castVoteCall { proposal, support: 1 });
    costs.note(by, Some(Act::Vote), 1, "Governor: castVote", vote);
    let transfer = Token::transferCall { to: member(2), value: U256::from(1) };
    let moved = pool.call(member(1), token, &transfer);
    costs.note(by, Some(Act::MovingVotes), 1, "ERC20Votes: transfer between two who vote for themselves", moved);
    Ok(())
}

fn payments(costs: &mut Costs, pool: &mut Pool, folder: &Path, payees: &[Address]) -> anyhow::Result<()> {
    let shares = vec![U256::from(1); payees.len()];
    let arguments = (payees.to_vec(), shares).abi_encode_params();
    let splitter = pool.deploy(1_000 * UNIT, &code(folder, "Payments_sol_Splitter")?, &arguments).ok();
    pool.call(DEPLOYER, splitter, &Splitter::releaseCall { account: payees[0] }).ok();
    let released = pool.call(DEPLOYER, splitter, &Splitter::releaseCall { account: payees[1] });
    costs.note(By::OpenZeppelin, Some(Act::Payment), 1, "PaymentSplitter 4.9: release", released);

    let push = pool.deploy(0, &code(folder, "Payments_sol_Push")?, &[]).ok();
    let call = Push::pushCall { payees: payees.to_vec(), value: U256::from(UNIT) };
    let pushed = pool.pay(DEPLOYER, push, u128::from(PUSHES) * UNIT, &call);
    costs.note(By::Nobody, Some(Act::Payment), PUSHES, "a loop of bare payments, nothing kept or checked", pushed);
    Ok(())
}

fn code(folder: &Path, name: &str) -> anyhow::Result<Bytes> {
    let path = folder.join(name).with_extension("bin");
    let hex = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    hex.trim().parse::<Bytes>().with_context(|| format!("{} is no code", path.display()))
}
