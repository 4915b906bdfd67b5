"""German texts of what is found about a transaction beside the others of its meter."""

from __future__ import annotations

from meter_sign.codes import Code

#: What happened, and what to do about it.
TEXTS: dict[Code, tuple[str, str]] = {
    Code.TIME_TARIFF_FORBIDDEN: (
        "Das Verzeichnis erlaubt für diesen Zähler keine Zeittarife; seine Zeit darf nicht abgerechnet werden.",
        "Hinterlegen Sie den Schlüssel mit time_tariff allowed, wenn die Baumusterprüfung Zeittarife erlaubt.",
    ),
    Code.ENERGY_OVERLAPS: (
        "Ein anderer Ladevorgang dieses Zählers umfasst dieselben Kilowattstunden: Sie würden doppelt abgerechnet.",
        "Klären Sie, welcher der beiden Ladevorgänge der wahre ist und welche Datensätze zu ihm gehören.",
    ),
    Code.ENERGY_BETWEEN_SESSIONS: (
        "Zwischen zwei Ladevorgängen hat der Zähler Energie gezählt, die keiner von beiden abrechnet.",
        "Nichts, wenn es der Eigenverbrauch der Station ist; sonst fehlt vielleicht ein Ladevorgang.",
    ),
    Code.REGISTER_DECREASES: (
        "Der Zählerstand ist niedriger als am Ende eines früheren Ladevorgangs; ein Zähler zählt nur aufwärts.",
        "Prüfen Sie, ob der Zähler getauscht oder zurückgesetzt wurde; ein neuer Zähler hat einen neuen Schlüssel.",
    ),
    Code.TRANSACTIONS_INTERLEAVE: (
        "Zwischen den Datensätzen dieses Ladevorgangs liegen solche eines anderen desselben Zählers.",
        "Prüfen Sie, welcher Beginn zu welchem Ende gehört: Ein Ladevorgang wurde vielleicht übersprungen.",
    ),
    Code.KEY_CHANGED: (
        "Die Ladevorgänge dieses Zählers vor diesem wurden mit einem anderen Schlüssel signiert.",
        "Nichts, wenn Zähler oder Signiereinheit getauscht wurden; prüfen Sie sonst das Verzeichnis.",
    ),
}
