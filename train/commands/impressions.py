"""`python -m train impressions`: how well faces show the axes, by latents and by other means."""

import logging
from dataclasses import dataclass
from pathlib import Path

from mbtiface.faces.projection import acting_rows
from mbtiface.faces.projection_options import REFINEMENT
from mbtiface.weights.bundle import load_generator, open_bundle
from train.data.latents import read_projected_rows
from train.data.ratings import RATINGS, read_ratings
from train.faces import rule_search
from train.faces.population import sample_population
from train.metrics import impressions
from train.psp.perceptual_weights import perceptual_features
from train.runs.config import announce, keep_config, write_json

log = logging.getLogger(__name__)

LATENTS_NAME = "latents, mean of the rows"


@dataclass(frozen=True)
class Config:
    """Measure what ridge maps read of impressions, and look for rules that faces show better."""

    bundle: Path
    """Bundle folder: the generator that the latents belong to."""
    data: Path
    """Folder of ratings.csv and the pictures that it names."""
    latents: Path
    """Run folder of `python -m train project` over the pictures."""
    out: Path
    """Run folder: impressions.json, impressions.md, rules.md."""
    limit: float = 0.45
    """Largest correlation of a rule's sum with another axis before whitening."""
    rules: int = 12
    """Rows of rules.md."""
    seed: int = 0
    """Of the population's latents."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Read, measure, write."""
    if not announce(config):
        return
    ratings = read_ratings(config.data / RATINGS)
    network = load_generator(open_bundle(config.bundle))
    acting = acting_rows(network.synthesis, REFINEMENT.size)
    ws = read_projected_rows(config.latents, ratings.files, acting)
    keep_config(config.out, config)
    population = sample_population(network.mapping, network.z_dim, config.seed)
    rules = rule_search.search(ratings, ws.mean(1))
    table = rule_search.as_markdown(rules, config.limit, config.rules)
    (config.out / "rules.md").write_text(table, "utf-8")
    paths = [config.data / file for file in ratings.files]
    inputs = impressions.picture_features(paths, perceptual_features())
    inputs |= impressions.latent_inputs(ws, population.covariance)
    axes, raw = impressions.axis_targets(ratings), impressions.raw_targets(ratings)
    found = impressions.scores(inputs, [*axes, *raw], ratings.folds)
    short = impressions.short_of(found, LATENTS_NAME, [target.name for target in axes])
    write_json(config.out / "impressions.json", {"r2": found, "latents read less by": short})
    (config.out / "impressions.md").write_text(impressions.as_markdown(found), "utf-8")
    log.info("%s", impressions.as_markdown(found))
    for name, gap in short.items():
        log.warning("latents read %s by %.3f less than features of the pictures", name, gap)
