<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
<name>gpufleet</name>
<message><source>&amp;Calibrate this machine</source><translation>&amp;Étalonner cette machine</translation></message>
<message><source>Calibration</source><translation>Étalonnage</translation></message>
<message><source>How thoroughly</source><translation>Minutie</translation></message>
<message><source>quick</source><translation>rapide</translation></message>
<message><source>thorough</source><translation>approfondi</translation></message>
<message><source>Runs real kernels here, fits their times and keeps the profile; used from the next start on</source><translation>Exécute de vrais noyaux ici, ajuste leurs durées et garde le profil, utilisé dès le prochain démarrage</translation></message>
<message><source>Progress of the calibration</source><translation>Avancement de l'étalonnage</translation></message>
<message><source>State of the calibration</source><translation>État de l'étalonnage</translation></message>
<message><source>Kernels that you measure here stand behind the chip of this machine.</source><translation>Les noyaux mesurés ici servent de base à la puce de cette machine.</translation></message>
<message><source>What the calibration found</source><translation>Résultats de l'étalonnage</translation></message>
<message><source>gpufleet could not be started: %1</source><translation>gpufleet n'a pas pu démarrer : %1</translation></message>
<message><source>Stopping…</source><translation>Arrêt…</translation></message>
<message><source>The program gpufleet is neither beside this one nor on the path.</source><translation>Le programme gpufleet n'est ni à côté de celui-ci ni dans le chemin.</translation></message>
<message><source>&amp;Stop</source><translation>A&amp;rrêter</translation></message>
<message><source>Starting…</source><translation>Démarrage…</translation></message>
<message><source>Step %1: %2</source><translation>Étape %1 : %2</translation></message>
<message><source>Stopped; nothing was kept.</source><translation>Arrêté ; rien n'a été gardé.</translation></message>
<message><source>It failed (exit code %1): %2</source><translation>Échec (code %1) : %2</translation></message>
<message><source>Done in %1 steps. The profile is used from the next start on.</source><translation>Terminé en %1 étapes. Le profil sert dès le prochain démarrage.</translation></message>
<message><source>%1 cannot be made</source><translation>%1 ne peut pas être créé</translation></message>
<message><source>the simulations did not come to an end</source><translation>les simulations ne se sont pas terminées</translation></message>
<message><source>%1 could not be written</source><translation>%1 n'a pas pu être écrit</translation></message>
<message><source>series</source><translation>série</translation></message>
<message><source>label</source><translation>étiquette</translation></message>
<message><source>A chart; the context menu shows it as a table</source><translation>Un graphique ; le menu contextuel le montre en tableau</translation></message>
<message><source>Show as &amp;table</source><translation>Montrer en &amp;tableau</translation></message>
<message><source>&amp;Export chart…</source><translation>&amp;Exporter le graphique…</translation></message>
<message><source>&amp;Copy chart</source><translation>&amp;Copier le graphique</translation></message>
<message><source>cannot run</source><translation>impossible</translation></message>
<message><source>hollow: an estimate, or beyond a limit</source><translation>creux : une estimation, ou hors limite</translation></message>
<message><source>Export chart</source><translation>Exporter le graphique</translation></message>
<message><source>Pictures (*.png *.svg *.pdf)</source><translation>Images (*.png *.svg *.pdf)</translation></message>
<message><source>Save the scenario first: the command line reads a file.</source><translation>Enregistrez d'abord le scénario : la ligne de commande lit un fichier.</translation></message>
<message><source>Keys were taken out of the file: save the scenario first.</source><translation>Des clés ont été retirées du fichier : enregistrez d'abord le scénario.</translation></message>
<message><source>Take %1 out, or put it back</source><translation>Détacher %1, ou le remettre</translation></message>
<message><source>Close %1</source><translation>Fermer %1</translation></message>
<message><source>Scenario form</source><translation>Formulaire du scénario</translation></message>
<message><source>&amp;Reset to default</source><translation>&amp;Rétablir la valeur par défaut</translation></message>
<message><source>&amp;Copy key</source><translation>&amp;Copier la clé</translation></message>
<message><source>&amp;Sweep this</source><translation>&amp;Balayer cette valeur</translation></message>
<message><source>Find a key or its meaning</source><translation>Chercher une clé ou son sens</translation></message>
<message><source>Find a key</source><translation>Chercher une clé</translation></message>
<message><source>Meaning of the key</source><translation>Sens de la clé</translation></message>
<message><source>Value of the key, from a quarter to four times</source><translation>Valeur de la clé, du quart au quadruple</translation></message>
<message><source>From a quarter to four times the value</source><translation>Du quart au quadruple de la valeur</translation></message>
<message><source>&amp;Form</source><translation>&amp;Formulaire</translation></message>
<message><source>Scenario as TOML text</source><translation>Scénario en texte TOML</translation></message>
<message><source>TOML &amp;text</source><translation>&amp;Texte TOML</translation></message>
<message><source>type text</source><translation>saisir du texte</translation></message>
<message><source>There is no key %1</source><translation>La clé %1 n'existe pas</translation></message>
<message><source>set %1</source><translation>fixer %1</translation></message>
<message><source>Select a key to read what it means. F2 edits it, its context menu resets it.</source><translation>Choisissez une clé pour lire son sens. F2 la modifie, son menu contextuel la rétablit.</translation></message>
<message><source>Fleet and fabric</source><translation>Parc et réseau</translation></message>
<message><source>&amp;Move</source><translation>&amp;Déplacer</translation></message>
<message><source>A &amp;link of each node down</source><translation>Un &amp;lien de chaque nœud en panne</translation></message>
<message><source>A &amp;node down</source><translation>Un &amp;nœud en panne</translation></message>
<message><source>Fleet as a table</source><translation>Parc en tableau</translation></message>
<message><source>Move from</source><translation>Déplacer depuis</translation></message>
<message><source>Move to</source><translation>Déplacer vers</translation></message>
<message><source>Colours of the map</source><translation>Couleurs du plan</translation></message>
<message><source>Coloured by load</source><translation>Couleur selon la charge</translation></message>
<message><source>Coloured by role</source><translation>Couleur selon le rôle</translation></message>
<message><source>Nodes to move</source><translation>Nœuds à déplacer</translation></message>
<message><source> nodes</source><translation> nœuds</translation></message>
<message><source>Move the nodes</source><translation>Déplacer les nœuds</translation></message>
<message><source>Hall under the cursor</source><translation>Salle sous le curseur</translation></message>
<message><source>from</source><translation>de</translation></message>
<message><source>to</source><translation>vers</translation></message>
<message><source>How many nodes go from %1 to %2? Then Move.</source><translation>Combien de nœuds passent de %1 à %2 ? Puis Déplacer.</translation></message>
<message><source>Select a scenario without errors to see its fleet</source><translation>Choisissez un scénario sans erreur pour voir son parc</translation></message>
<message><source>There is one hall only</source><translation>Il n'y a qu'une salle</translation></message>
<message><source>Press again to put it back</source><translation>Appuyez encore pour le remettre</translation></message>
<message><source>What if it fails? The scenario is changed and simulated</source><translation>Et en cas de panne ? Le scénario est modifié et simulé</translation></message>
<message><source>No hall is selected</source><translation>Aucune salle choisie</translation></message>
<message><source>There is nothing of the kind to lose</source><translation>Il n'y a rien de tel à perdre</translation></message>
<message><source>put back a link of %1</source><translation>remettre un lien de %1</translation></message>
<message><source>take down a link of %1</source><translation>couper un lien de %1</translation></message>
<message><source>put back a node of %1</source><translation>remettre un nœud de %1</translation></message>
<message><source>take down a node of %1</source><translation>arrêter un nœud de %1</translation></message>
<message><source>Choose two halls</source><translation>Choisissez deux salles</translation></message>
<message><source>move %1 nodes from %2 to %3</source><translation>déplacer %1 nœuds de %2 vers %3</translation></message>
<message><source>Map of the fleet</source><translation>Plan du parc</translation></message>
<message><source>Arrow keys walk from hall to hall; the table beside it holds the same figures</source><translation>Les flèches vont de salle en salle ; le tableau voisin contient les mêmes chiffres</translation></message>
<message><source>a square is a node of %1</source><translation>un carré est un nœud de %1</translation></message>
<message><source>a square is %1 nodes of %2</source><translation>un carré vaut %1 nœuds de %2</translation></message>
<message><source>%1 · load not known</source><translation>%1 · charge inconnue</translation></message>
<message><source>%1 · load %2 %</source><translation>%1 · charge %2 %</translation></message>
<message><source>%L1 %2</source><translation>%L1 %2</translation></message>
<message><source>%1%2 · %L3 × %4</source><translation>%1%2 · %L3 × %4</translation></message>
<message><source>busy %1 %</source><translation>occupé %1 %</translation></message>
<message><source>spines</source><translation>épines</translation></message>
<message><source>leaves</source><translation>feuilles</translation></message>
<message><source>%1 – %2 linked</source><translation>%1 – %2 reliés</translation></message>
<message><source>Colours tell the halls apart</source><translation>Les couleurs distinguent les salles</translation></message>
<message><source>Load: idle</source><translation>Charge : nulle</translation></message>
<message><source>full; grey: not known</source><translation>pleine ; gris : inconnue</translation></message>
<message><source>idle</source><translation>inactif</translation></message>
<message><source>pipeline stage %1</source><translation>étage %1 du pipeline</translation></message>
<message><source>pipeline stages %1 to %2</source><translation>étages %1 à %2 du pipeline</translation></message>
<message><source>replicas of its own</source><translation>répliques propres</translation></message>
<message><source>work of its stages over the step</source><translation>travail de ses étages sur l'étape</translation></message>
<message><source>tensor and expert transfers over the step</source><translation>transferts tensoriels et d'experts sur l'étape</translation></message>
<message><source>transfers that leave the node over the step</source><translation>transferts sortant du nœud sur l'étape</translation></message>
<message><source>prefill</source><translation>préremplissage</translation></message>
<message><source>decode</source><translation>décodage</translation></message>
<message><source>prefill and decode</source><translation>préremplissage et décodage</translation></message>
<message><source>share of the time that its instances compute</source><translation>part du temps où ses instances calculent</translation></message>
<message><source>leaf to spine</source><translation>feuille vers épine</translation></message>
<message><source>The selected scenario has no fleet</source><translation>Le scénario choisi n'a pas de parc</translation></message>
<message><source>%1, %2, from %3</source><translation>%1, %2, dès le %3</translation></message>
<message><source>rented</source><translation>loué</translation></message>
<message><source>bought</source><translation>acheté</translation></message>
<message><source>mean of the whole fleet over the horizon</source><translation>moyenne du parc sur l'horizon</translation></message>
<message><source>%1: %L2 × %3</source><translation>%1 : %L2 × %3</translation></message>
<message><source>%L1 nodes %2 of %3</source><translation>%L1 nœuds %2 de %3</translation></message>
<message><source>site %1</source><translation>site %1</translation></message>
<message><source>busy %1 (%2)</source><translation>occupé %1 (%2)</translation></message>
<message><source>%1 switch layers, %2 leaves, %3 planes</source><translation>%1 couches de commutateurs, %2 feuilles, %3 plans</translation></message>
<message><source>%1, %2: %3 an accelerator, %4 links a node</source><translation>%1, %2 : %3 par accélérateur, %4 liens par nœud</translation></message>
<message><source>load not known</source><translation>charge inconnue</translation></message>
<message><source>load %1 (%2)</source><translation>charge %1 (%2)</translation></message>
<message><source>Where</source><translation>Où</translation></message>
<message><source>What</source><translation>Quoi</translation></message>
<message><source>Chip or link</source><translation>Puce ou lien</translation></message>
<message><source>Count</source><translation>Nombre</translation></message>
<message><source>Rate</source><translation>Débit</translation></message>
<message><source>Load</source><translation>Charge</translation></message>
<message><source>Role</source><translation>Rôle</translation></message>
<message><source>accelerators</source><translation>accélérateurs</translation></message>
<message><source>links inside nodes</source><translation>liens dans les nœuds</translation></message>
<message><source>links of nodes</source><translation>liens des nœuds</translation></message>
<message><source>links of leaves</source><translation>liens des feuilles</translation></message>
<message><source>link of sites</source><translation>lien entre sites</translation></message>
<message><source>Key</source><translation>Clé</translation></message>
<message><source>Value</source><translation>Valeur</translation></message>
<message><source>From</source><translation>Origine</translation></message>
<message><source>not used</source><translation>non utilisé</translation></message>
<message><source>default</source><translation>défaut</translation></message>
<message><source>this file</source><translation>ce fichier</translation></message>
<message><source>base (list)</source><translation>base (liste)</translation></message>
<message><source>base</source><translation>base</translation></message>
<message><source>%1: %2</source><translation>%1 : %2</translation></message>
<message><source>This list stands in another file; change it there, or write the whole list here as text</source><translation>Cette liste est dans un autre fichier ; modifiez-la là-bas, ou écrivez ici la liste entière en texte</translation></message>
<message><source>default %1</source><translation>défaut %1</translation></message>
<message><source>Spans over time. W and S zoom, A and D move, arrow keys step from span to span</source><translation>Intervalles dans le temps. W et S zooment, A et D déplacent, les flèches vont d'un intervalle à l'autre</translation></message>
<message><source>row</source><translation>ligne</translation></message>
<message><source>what</source><translation>quoi</translation></message>
<message><source>number</source><translation>numéro</translation></message>
<message><source>begin</source><translation>début</translation></message>
<message><source>end</source><translation>fin</translation></message>
<message><source>yes</source><translation>oui</translation></message>
<message><source> · %1 to %2</source><translation> · du %1 au %2</translation></message>
<message><source> · begins %1, lasts %2</source><translation> · débute à %1, dure %2</translation></message>
<message><source>free</source><translation>libre</translation></message>
<message><source>domestic</source><translation>national</translation></message>
<message><source>notify (NAC)</source><translation>notification (NAC)</translation></message>
<message><source>licensed for 15 %</source><translation>licence contre 15 %</translation></message>
<message><source>licensed</source><translation>sous licence</translation></message>
<message><source>case by case</source><translation>au cas par cas</translation></message>
<message><source>quota</source><translation>quota</translation></message>
<message><source>licence, presumed denied</source><translation>licence, refus présumé</translation></message>
<message><source>banned</source><translation>interdit</translation></message>
<message><source>not sold yet</source><translation>pas encore en vente</translation></message>
<message><source>No chip of the catalog was sold by then</source><translation>Aucune puce du catalogue n'était alors en vente</translation></message>
<message><source>performance density (TPP / mm²)</source><translation>densité de performance (TPP / mm²)</translation></message>
<message><source>total processing performance (TPP)</source><translation>performance totale de traitement (TPP)</translation></message>
<message><source>Chip</source><translation>Puce</translation></message>
<message><source>Status</source><translation>Statut</translation></message>
<message><source>Rule</source><translation>Règle</translation></message>
<message><source>Why</source><translation>Raison</translation></message>
<message><source>TPP</source><translation>TPP</translation></message>
<message><source>Density</source><translation>Densité</translation></message>
<message><source>Buyer's side</source><translation>Côté acheteur</translation></message>
<message><source>Export law</source><translation>Droit d'exportation</translation></message>
<message><source>Chips and dates</source><translation>Puces et dates</translation></message>
<message><source>Chips against the thresholds</source><translation>Puces face aux seuils</translation></message>
<message><source>Status of every chip</source><translation>Statut de chaque puce</translation></message>
<message><source>Destination</source><translation>Destination</translation></message>
<message><source>What if a rule were in force</source><translation>Et si une règle était en vigueur</translation></message>
<message><source>the rules in force</source><translation>les règles en vigueur</translation></message>
<message><source>what if: %1</source><translation>et si : %1</translation></message>
<message><source>Date of purchase</source><translation>Date d'achat</translation></message>
<message><source>Colours of statuses</source><translation>Couleurs des statuts</translation></message>
<message><source>&amp;To</source><translation>&amp;Vers</translation></message>
<message><source>&amp;until</source><translation>&amp;jusqu'au</translation></message>
<message><source>&amp;Dates</source><translation>&amp;Dates</translation></message>
<message><source>&amp;Thresholds</source><translation>&amp;Seuils</translation></message>
<message><source>T&amp;able</source><translation>T&amp;ableau</translation></message>
<message><source>Information, not legal advice.</source><translation>Information, non un conseil juridique.</translation></message>
<message><source>Plan and simulate fleets of GPUs.</source><translation>Planifier et simuler des parcs de GPU.</translation></message>
<message><source>Write every view as a picture into DIR and end.</source><translation>Écrire chaque vue en image dans DIR et finir.</translation></message>
<message><source>Write the comparison as PDF (or HTML) and end.</source><translation>Écrire la comparaison en PDF (ou HTML) et finir.</translation></message>
<message><source>Change one number of each scenario, print how long estimate and result take, and end.</source><translation>Changer un nombre de chaque scénario, afficher la durée de l'estimation et du résultat, et finir.</translation></message>
<message><source>Speak en, fr or zh.</source><translation>Parler en, fr ou zh.</translation></message>
<message><source>Scenario files to open.</source><translation>Fichiers de scénario à ouvrir.</translation></message>
<message><source>Compare</source><translation>Comparaison</translation></message>
<message><source>Breakdown</source><translation>Décomposition</translation></message>
<message><source>Timeline</source><translation>Chronologie</translation></message>
<message><source>Pareto</source><translation>Pareto</translation></message>
<message><source>Sensitivity</source><translation>Sensibilité</translation></message>
<message><source>Tables</source><translation>Tableaux</translation></message>
<message><source>Capacity plan</source><translation>Plan de capacité</translation></message>
<message><source>Validation</source><translation>Validation</translation></message>
<message><source>Report</source><translation>Rapport</translation></message>
<message><source>Problems</source><translation>Problèmes</translation></message>
<message><source>Runs</source><translation>Exécutions</translation></message>
<message><source>Project</source><translation>Projet</translation></message>
<message><source>Scenario</source><translation>Scénario</translation></message>
<message><source>&amp;Close</source><translation>&amp;Fermer</translation></message>
<message><source>gpufleet</source><translation>gpufleet</translation></message>
<message><source>%1[*] – gpufleet</source><translation>%1[*] – gpufleet</translation></message>
<message><source>No scenario</source><translation>Aucun scénario</translation></message>
<message><source>%1 · scenario %2 · %3 problems · %4 runs waiting</source><translation>%1 · scénario %2 · %3 problèmes · %4 exécutions en attente</translation></message>
<message><source>&amp;New</source><translation>&amp;Nouveau</translation></message>
<message><source>New scenario</source><translation>Nouveau scénario</translation></message>
<message><source>&amp;Open…</source><translation>&amp;Ouvrir…</translation></message>
<message><source>&amp;Save</source><translation>&amp;Enregistrer</translation></message>
<message><source>Save &amp;as…</source><translation>Enregistrer &amp;sous…</translation></message>
<message><source>Ctrl+Shift+S</source><translation>Ctrl+Shift+S</translation></message>
<message><source>&amp;Close scenario</source><translation>&amp;Fermer le scénario</translation></message>
<message><source>Ctrl+W</source><translation>Ctrl+W</translation></message>
<message><source>&amp;Report as HTML or PDF…</source><translation>&amp;Rapport en HTML ou PDF…</translation></message>
<message><source>Ctrl+P</source><translation>Ctrl+P</translation></message>
<message><source>Copy result as &amp;JSON</source><translation>Copier le résultat en &amp;JSON</translation></message>
<message><source>Export &amp;timeline for Perfetto…</source><translation>Exporter la &amp;chronologie pour Perfetto…</translation></message>
<message><source>The selected scenario has no recorded step.</source><translation>Le scénario choisi n'a pas d'étape enregistrée.</translation></message>
<message><source>Export timeline</source><translation>Exporter la chronologie</translation></message>
<message><source>Chrome trace (*.json)</source><translation>Trace Chrome (*.json)</translation></message>
<message><source>%1 could not be written: %2</source><translation>%1 n'a pas pu être écrit : %2</translation></message>
<message><source>Copy as command &amp;line</source><translation>Copier en &amp;ligne de commande</translation></message>
<message><source>Ctrl+Shift+C</source><translation>Ctrl+Shift+C</translation></message>
<message><source>&amp;Quit</source><translation>&amp;Quitter</translation></message>
<message><source>&amp;Undo</source><translation>&amp;Annuler</translation></message>
<message><source>&amp;Redo</source><translation>&amp;Rétablir</translation></message>
<message><source>Ctrl+Shift+Z</source><translation>Ctrl+Shift+Z</translation></message>
<message><source>Ctrl+Y</source><translation>Ctrl+Y</translation></message>
<message><source>&amp;Duplicate</source><translation>&amp;Dupliquer</translation></message>
<message><source>Ctrl+D</source><translation>Ctrl+D</translation></message>
<message><source>Re&amp;name</source><translation>Re&amp;nommer</translation></message>
<message><source>Set &amp;baseline</source><translation>Définir la &amp;référence</translation></message>
<message><source>Ctrl+B</source><translation>Ctrl+B</translation></message>
<message><source>&amp;Find…</source><translation>&amp;Chercher…</translation></message>
<message><source>Hide &amp;equal rows</source><translation>Masquer les lignes &amp;égales</translation></message>
<message><source>Ctrl+E</source><translation>Ctrl+E</translation></message>
<message><source>Reset &amp;key to default</source><translation>Rétablir la &amp;clé par défaut</translation></message>
<message><source>Ctrl+Backspace</source><translation>Ctrl+Backspace</translation></message>
<message><source>&amp;Simulate</source><translation>&amp;Simuler</translation></message>
<message><source>F5</source><translation>F5</translation></message>
<message><source>Ctrl+R</source><translation>Ctrl+R</translation></message>
<message><source>Simulate &amp;all</source><translation>&amp;Tout simuler</translation></message>
<message><source>Shift+F5</source><translation>Shift+F5</translation></message>
<message><source>&amp;Cancel</source><translation>&amp;Annuler</translation></message>
<message><source>Esc</source><translation>Esc</translation></message>
<message><source>Simulate while &amp;editing</source><translation>Simuler pendant l'é&amp;dition</translation></message>
<message><source>Sensitivity of the &amp;selected scenario</source><translation>Sensibilité du scénario &amp;choisi</translation></message>
<message><source>&amp;Light</source><translation>&amp;Clair</translation></message>
<message><source>&amp;Dark</source><translation>&amp;Sombre</translation></message>
<message><source>&amp;Larger text</source><translation>Texte plus &amp;grand</translation></message>
<message><source>S&amp;maller text</source><translation>Texte plus &amp;petit</translation></message>
<message><source>&amp;Normal text</source><translation>Texte &amp;normal</translation></message>
<message><source>Ctrl+0</source><translation>Ctrl+0</translation></message>
<message><source>&amp;Default layout</source><translation>&amp;Disposition par défaut</translation></message>
<message><source>Ctrl+Shift+0</source><translation>Ctrl+Shift+0</translation></message>
<message><source>&amp;Full screen</source><translation>&amp;Plein écran</translation></message>
<message><source>F11</source><translation>F11</translation></message>
<message><source>&amp;Keyboard shortcuts</source><translation>&amp;Raccourcis clavier</translation></message>
<message><source>F1</source><translation>F1</translation></message>
<message><source>&amp;Command palette</source><translation>Palette de &amp;commandes</translation></message>
<message><source>Ctrl+K</source><translation>Ctrl+K</translation></message>
<message><source>&amp;File</source><translation>&amp;Fichier</translation></message>
<message><source>Open &amp;recent</source><translation>Ouvrir un &amp;récent</translation></message>
<message><source>Open &amp;example</source><translation>Ouvrir un &amp;exemple</translation></message>
<message><source>DeepSeek-R1 &amp;served on three kinds of node</source><translation>DeepSeek-R1 &amp;servi sur trois sortes de nœuds</translation></message>
<message><source>&amp;Edit</source><translation>&amp;Édition</translation></message>
<message><source>&amp;Run</source><translation>E&amp;xécuter</translation></message>
<message><source>&amp;View</source><translation>&amp;Vue</translation></message>
<message><source>&amp;Language</source><translation>&amp;Langue</translation></message>
<message><source>&amp;Help</source><translation>&amp;Aide</translation></message>
<message><source>Menu bar</source><translation>Barre de menus</translation></message>
<message><source>Messages</source><translation>Messages</translation></message>
<message><source>State of the selected scenario</source><translation>État du scénario choisi</translation></message>
<message><source>Progress of the simulation</source><translation>Avancement de la simulation</translation></message>
<message><source>Open scenarios</source><translation>Ouvrir des scénarios</translation></message>
<message><source>Scenarios (*.toml)</source><translation>Scénarios (*.toml)</translation></message>
<message><source>Save scenario</source><translation>Enregistrer le scénario</translation></message>
<message><source>Not saved; the text is still here. %1</source><translation>Non enregistré ; le texte est toujours là. %1</translation></message>
<message><source>Saved %1</source><translation>%1 enregistré</translation></message>
<message><source>PDF (*.pdf);;HTML (*.html)</source><translation>PDF (*.pdf);;HTML (*.html)</translation></message>
<message><source>Wrote %1</source><translation>%1 écrit</translation></message>
<message><source>Copied: %1</source><translation>Copié : %1</translation></message>
<message><source>Keyboard shortcuts</source><translation>Raccourcis clavier</translation></message>
<message><source>Action</source><translation>Action</translation></message>
<message><source>Keys</source><translation>Touches</translation></message>
<message><source>Timeline: zoom in, zoom out</source><translation>Chronologie : agrandir, réduire</translation></message>
<message><source>Timeline: move left, right</source><translation>Chronologie : aller à gauche, à droite</translation></message>
<message><source>Timeline: next span, other row</source><translation>Chronologie : intervalle suivant, autre ligne</translation></message>
<message><source>Timeline: everything</source><translation>Chronologie : tout</translation></message>
<message><source>Own keys: section [shortcuts] of %1</source><translation>Touches personnelles : section [shortcuts] de %1</translation></message>
<message><source>Commands</source><translation>Commandes</translation></message>
<message><source>Command</source><translation>Commande</translation></message>
<message><source>Type a command</source><translation>Saisissez une commande</translation></message>
<message><source>The last run did not end in order. Your work was recovered.</source><translation>La dernière session ne s'est pas terminée normalement. Votre travail a été récupéré.</translation></message>
<message><source>&amp;Keep it</source><translation>&amp;Le garder</translation></message>
<message><source>&amp;Discard unsaved changes</source><translation>&amp;Abandonner les modifications</translation></message>
<message><source>discard changes</source><translation>abandonner les modifications</translation></message>
<message><source>Welcome. ① The fleets of the public debate are compared at the right. ② Change one at the left: its result follows. ③ Ctrl+D duplicates it, ★ Ctrl+B makes it the baseline. ④ F1 shows all keys.</source><translation>Bienvenue. ① Les parcs du débat public sont comparés à droite. ② Modifiez-en un à gauche : son résultat suit. ③ Ctrl+D le duplique, ★ Ctrl+B en fait la référence. ④ F1 montre toutes les touches.</translation></message>
<message><source>%1 is gone from the disk. Its text is still here: Ctrl+S writes it again.</source><translation>%1 a disparu du disque. Son texte est toujours là : Ctrl+S le réécrit.</translation></message>
<message><source>%1 was changed by another program (%2 lines longer or shorter).</source><translation>%1 a été modifié par un autre programme (%2 lignes de plus ou de moins).</translation></message>
<message><source>&amp;Reload</source><translation>&amp;Recharger</translation></message>
<message><source>&amp;Keep mine</source><translation>&amp;Garder le mien</translation></message>
<message><source>%1 cannot be read: %2</source><translation>%1 ne peut pas être lu : %2</translation></message>
<message><source>reload</source><translation>recharger</translation></message>
<message><source>Close</source><translation>Fermer</translation></message>
<message><source>Close all the same?</source><translation>Fermer quand même ?</translation></message>
<message><source>Throughput</source><translation>Débit</translation></message>
<message><source>Time and latency</source><translation>Temps et latence</translation></message>
<message><source>Cost and energy</source><translation>Coût et énergie</translation></message>
<message><source>Memory</source><translation>Mémoire</translation></message>
<message><source>Reliability</source><translation>Fiabilité</translation></message>
<message><source>Fleet</source><translation>Parc</translation></message>
<message><source>&amp;Across</source><translation>&amp;Abscisse</translation></message>
<message><source>&amp;Upwards</source><translation>&amp;Ordonnée</translation></message>
<message><source>Metric across</source><translation>Métrique en abscisse</translation></message>
<message><source>Metric upwards</source><translation>Métrique en ordonnée</translation></message>
<message><source>Limit across</source><translation>Limite en abscisse</translation></message>
<message><source>Limit upwards</source><translation>Limite en ordonnée</translation></message>
<message><source>limit</source><translation>limite</translation></message>
<message><source>What is promised at most, or at least where more is better. Empty: no limit. Its line in the chart can be dragged.</source><translation>Ce qui est promis au plus, ou au moins si plus vaut mieux. Vide : pas de limite. Sa ligne se déplace à la souris.</translation></message>
<message><source>power of the site</source><translation>puissance du site</translation></message>
<message><source>more power, or chips that do more with it</source><translation>plus de puissance, ou des puces plus sobres</translation></message>
<message><source>export law</source><translation>droit d'exportation</translation></message>
<message><source>chips that may be sold, or another destination</source><translation>des puces autorisées, ou une autre destination</translation></message>
<message><source>%1 of demand is not served: more or faster chips</source><translation>%1 de la demande n'est pas servie : plus de puces ou plus rapides</translation></message>
<message><source>accelerators, just enough</source><translation>accélérateurs, juste assez</translation></message>
<message><source>nothing in reserve for more demand</source><translation>aucune réserve pour plus de demande</translation></message>
<message><source>demand</source><translation>demande</translation></message>
<message><source>%1 of the hours are free</source><translation>%1 des heures sont libres</translation></message>
<message><source>%1 (refused)</source><translation>%1 (refusé)</translation></message>
<message><source>The selected scenario has no [horizon]</source><translation>Le scénario choisi n'a pas de [horizon]</translation></message>
<message><source>year</source><translation>année</translation></message>
<message><source>in the fleet</source><translation>dans le parc</translation></message>
<message><source>bought in the month</source><translation>achetés dans le mois</translation></message>
<message><source>The horizon asks for no tokens</source><translation>L'horizon ne demande pas de jetons</translation></message>
<message><source>tokens a month</source><translation>jetons par mois</translation></message>
<message><source>the whole fleet could</source><translation>possible avec tout le parc</translation></message>
<message><source>asked</source><translation>demandé</translation></message>
<message><source>served</source><translation>servi</translation></message>
<message><source>Month</source><translation>Mois</translation></message>
<message><source>Accelerators</source><translation>Accélérateurs</translation></message>
<message><source>Bought</source><translation>Achetés</translation></message>
<message><source>Lots</source><translation>Lots</translation></message>
<message><source>Asked (tokens)</source><translation>Demandé (jetons)</translation></message>
<message><source>Served</source><translation>Servi</translation></message>
<message><source>In use</source><translation>Utilisé</translation></message>
<message><source>Peak power (MW)</source><translation>Puissance de pointe (MW)</translation></message>
<message><source>Cost (USD)</source><translation>Coût (USD)</translation></message>
<message><source>What binds</source><translation>Ce qui limite</translation></message>
<message><source>What would relax it</source><translation>Ce qui l'assouplirait</translation></message>
<message><source>No months: open a scenario with a [horizon], for instance fleet-50k-three-years.</source><translation>Pas de mois : ouvrez un scénario avec [horizon], par exemple fleet-50k-three-years.</translation></message>
<message><source>%L1 accelerators at the end of %2</source><translation>%L1 accélérateurs fin %2</translation></message>
<message><source>&lt;b&gt;The fleet serves what is asked&lt;/b&gt; in each of %1 months · %2</source><translation>&lt;b&gt;Le parc sert toute la demande&lt;/b&gt; pendant chacun des %1 mois · %2</translation></message>
<message><source>&lt;b&gt;Demand is not met in %1 of %2 months&lt;/b&gt;, first in %3, bound by %4 · %5</source><translation>&lt;b&gt;La demande n'est pas satisfaite pendant %1 mois sur %2&lt;/b&gt;, d'abord en %3, limitée par : %4 · %5</translation></message>
<message><source>&amp;Plan purchases</source><translation>&amp;Planifier les achats</translation></message>
<message><source>Accelerators by month</source><translation>Accélérateurs par mois</translation></message>
<message><source>Demand against capacity</source><translation>Demande et capacité</translation></message>
<message><source>Months of the plan</source><translation>Mois du plan</translation></message>
<message><source>Answer of the plan</source><translation>Réponse du plan</translation></message>
<message><source>Months</source><translation>Mois</translation></message>
<message><source>Plan the purchases</source><translation>Planifier les achats</translation></message>
<message><source>State of the purchase plan</source><translation>État du plan d'achat</translation></message>
<message><source>Planning: %1 % (%2)</source><translation>Planification : %1 % (%2)</translation></message>
<message><source>Planning…</source><translation>Planification…</translation></message>
<message><source>What to buy, when, for the least: not worked out yet</source><translation>Quoi acheter, quand, au moindre coût : pas encore calculé</translation></message>
<message><source>Purchases are planned where a scenario has [plan]</source><translation>Les achats se planifient si le scénario a [plan]</translation></message>
<message><source>No plan: %1</source><translation>Pas de plan : %1</translation></message>
<message><source>Purchases planned for an older text of this scenario</source><translation>Achats planifiés pour un texte plus ancien de ce scénario</translation></message>
<message><source>Purchases are planned</source><translation>Les achats sont planifiés</translation></message>
<message><source>not saved yet</source><translation>pas encore enregistré</translation></message>
<message><source>, baseline</source><translation>, référence</translation></message>
<message><source>, not saved</source><translation>, non enregistré</translation></message>
<message><source>Scenarios</source><translation>Scénarios</translation></message>
<message><source>Answer</source><translation>Réponse</translation></message>
<message><source>Metrics</source><translation>Métriques</translation></message>
<message><source>What differs in the inputs</source><translation>Différences des entrées</translation></message>
<message><source>Where it goes</source><translation>Répartition</translation></message>
<message><source>Timelines</source><translation>Chronologies</translation></message>
<message><source>Problems and warnings</source><translation>Problèmes et avertissements</translation></message>
<message><source>Results</source><translation>Résultats</translation></message>
<message><source>Comparison of scenarios</source><translation>Comparaison de scénarios</translation></message>
<message><source>One step of %1</source><translation>Une étape de %1</translation></message>
<message><source>%1 could not be written: the folder does not allow it</source><translation>%1 n'a pas pu être écrit : le dossier ne le permet pas</translation></message>
<message><source>E&amp;xport…</source><translation>E&amp;xporter…</translation></message>
<message><source>Part of the report: %1</source><translation>Partie du rapport : %1</translation></message>
<message><source>Export the report</source><translation>Exporter le rapport</translation></message>
<message><source>Preview of the report</source><translation>Aperçu du rapport</translation></message>
<message><source>Work of a stage</source><translation>Travail d'un étage</translation></message>
<message><source>Memory of the fullest stage</source><translation>Mémoire de l'étage le plus plein</translation></message>
<message><source>What the step waited for</source><translation>Ce que l'étape a attendu</translation></message>
<message><source>Step</source><translation>Étape</translation></message>
<message><source>Shares of %1</source><translation>Parts de %1</translation></message>
<message><source>Shares</source><translation>Parts</translation></message>
<message><source>Cost</source><translation>Coût</translation></message>
<message><source>Other</source><translation>Autre</translation></message>
<message><source>No breakdown yet: F5 simulates</source><translation>Pas encore de décomposition : F5 simule</translation></message>
<message><source>No result has this table</source><translation>Aucun résultat n'a ce tableau</translation></message>
<message><source>%1
%2
An estimate: the simulation will give the value and its interval
Formula: %3</source><translation>%1
%2
Une estimation : la simulation donnera la valeur et son intervalle
Formule : %3</translation></message>
<message><source>%1
%2
80 % between %3 and %4
Formula: %5
Kernel times behind it: %6
Result of scenario %7</source><translation>%1
%2
80 % entre %3 et %4
Formule : %5
Durées de noyaux : %6
Résultat du scénario %7</translation></message>
<message><source>Metric</source><translation>Métrique</translation></message>
<message><source>Unit</source><translation>Unité</translation></message>
<message><source> (no result)</source><translation> (sans résultat)</translation></message>
<message><source> (○ estimate)</source><translation> (○ estimation)</translation></message>
<message><source> (stale)</source><translation> (périmé)</translation></message>
<message><source>%1 · baseline</source><translation>%1 · référence</translation></message>
<message><source>This scenario has no such metric</source><translation>Ce scénario n'a pas cette métrique</translation></message>
<message><source>Breaks the limit of %1</source><translation>Dépasse la limite de %1</translation></message>
<message><source>No scenario is open. Ctrl+O opens one, Ctrl+N begins one.</source><translation>Aucun scénario ouvert. Ctrl+O en ouvre un, Ctrl+N en commence un.</translation></message>
<message><source>Nothing is simulated yet: F5 simulates the selected scenario, Shift+F5 all.</source><translation>Rien n'est encore simulé : F5 simule le scénario choisi, Maj+F5 tous.</translation></message>
<message><source>&lt;b&gt;%1&lt;/b&gt;: %2 %3 of “%4”%5.</source><translation>&lt;b&gt;%1&lt;/b&gt; : %2 %3 de « %4 »%5.</translation></message>
<message><source>%1 % below that</source><translation>%1 % au-dessous de celui</translation></message>
<message><source>%1 % above that</source><translation>%1 % au-dessus de celui</translation></message>
<message><source>, within the uncertainty of both</source><translation>, dans l'incertitude des deux</translation></message>
<message><source>%1 &lt;b&gt;%2&lt;/b&gt;</source><translation>%1 &lt;b&gt;%2&lt;/b&gt;</translation></message>
<message><source>&lt;b&gt;%1&lt;/b&gt; alone has figures for these questions.</source><translation>Seul &lt;b&gt;%1&lt;/b&gt; a des chiffres pour ces questions.</translation></message>
<message><source>Baseline: %1</source><translation>Référence : %1</translation></message>
<message><source>Input</source><translation>Entrée</translation></message>
<message><source>Kind</source><translation>Genre</translation></message>
<message><source>Line</source><translation>Ligne</translation></message>
<message><source>Problem</source><translation>Problème</translation></message>
<message><source>Hint</source><translation>Conseil</translation></message>
<message><source>✖ error</source><translation>✖ erreur</translation></message>
<message><source>▲ warning</source><translation>▲ avertissement</translation></message>
<message><source>State</source><translation>État</translation></message>
<message><source>Took</source><translation>Durée</translation></message>
<message><source>Estimate after</source><translation>Estimation après</translation></message>
<message><source>Result after</source><translation>Résultat après</translation></message>
<message><source>Result of</source><translation>Résultat de</translation></message>
<message><source>Version</source><translation>Version</translation></message>
<message><source>Kind of sensitivity</source><translation>Genre de sensibilité</translation></message>
<message><source>Tornado</source><translation>Tornade</translation></message>
<message><source>Sweep</source><translation>Balayage</translation></message>
<message><source>Heat map</source><translation>Carte de chaleur</translation></message>
<message><source>Monte-Carlo fan</source><translation>Éventail de Monte-Carlo</translation></message>
<message><source>Second input</source><translation>Seconde entrée</translation></message>
<message><source>Change of each input</source><translation>Variation de chaque entrée</translation></message>
<message><source>Run the cases</source><translation>Exécuter les cas</translation></message>
<message><source>Cases done</source><translation>Cas terminés</translation></message>
<message><source>open case %1</source><translation>ouvrir le cas %1</translation></message>
<message><source>Run simulates the selected scenario again with inputs changed</source><translation>Exécuter resimule le scénario choisi avec des entrées modifiées</translation></message>
<message><source>less of it</source><translation>moins</translation></message>
<message><source>more of it</source><translation>plus</translation></message>
<message><source>%1, times the scenario's value</source><translation>%1, multiple de la valeur du scénario</translation></message>
<message><source>as it is</source><translation>tel quel</translation></message>
<message><source>10 to 90 %</source><translation>10 à 90 %</translation></message>
<message><source>25 to 75 %</source><translation>25 à 75 %</translation></message>
<message><source>median</source><translation>médiane</translation></message>
<message><source>not a session file: %1</source><translation>pas un fichier de session : %1</translation></message>
<message><source>a session file of another version</source><translation>un fichier de session d'une autre version</translation></message>
<message><source>a session file with broken entries</source><translation>un fichier de session aux entrées abîmées</translation></message>
<message><source>The folder %1 cannot be made; work is not backed up.</source><translation>Le dossier %1 ne peut pas être créé ; le travail n'est pas sauvegardé.</translation></message>
<message><source>%1 cannot be written (%2); work is not backed up.</source><translation>%1 ne peut pas être écrit (%2) ; le travail n'est pas sauvegardé.</translation></message>
<message><source>%1 could not be read (%2); it was set aside as %3.</source><translation>%1 n'a pas pu être lu (%2) ; il a été mis de côté sous %3.</translation></message>
<message><source>Arrow keys move, Ctrl+C copies, the context menu exports</source><translation>Les flèches déplacent, Ctrl+C copie, le menu contextuel exporte</translation></message>
<message><source>&amp;Copy</source><translation>&amp;Copier</translation></message>
<message><source>&amp;Export table…</source><translation>&amp;Exporter le tableau…</translation></message>
<message><source>CSV (*.csv)</source><translation>CSV (*.csv)</translation></message>
<message><source>Tab-separated (*.tsv)</source><translation>Séparé par tabulations (*.tsv)</translation></message>
<message><source>Markdown (*.md)</source><translation>Markdown (*.md)</translation></message>
<message><source>Export table</source><translation>Exporter le tableau</translation></message>
<message><source>No scenario has both metrics</source><translation>Aucun scénario n'a les deux métriques</translation></message>
<message><source>frontier</source><translation>frontière</translation></message>
<message><source>%1 (breaks a limit)</source><translation>%1 (hors limite)</translation></message>
<message><source>%1 (dominated)</source><translation>%1 (dominé)</translation></message>
<message><source>on the critical path</source><translation>sur le chemin critique</translation></message>
<message><source>No step recorded</source><translation>Aucune étape enregistrée</translation></message>
<message><source>stage %1</source><translation>étage %1</translation></message>
<message><source>  network</source><translation>  réseau</translation></message>
<message><source>No scenario shown here serves requests</source><translation>Aucun scénario montré ne sert de requêtes</translation></message>
<message><source>time</source><translation>temps</translation></message>
<message><source>time (%1)</source><translation>temps (%1)</translation></message>
<message><source>requests</source><translation>requêtes</translation></message>
<message><source>nodes</source><translation>nœuds</translation></message>
<message><source>in service</source><translation>en service</translation></message>
<message><source>more at the peak</source><translation>en plus à la pointe</translation></message>
<message><source>Find a span: forward 12, optimizer</source><translation>Chercher un intervalle : forward 12, optimizer</translation></message>
<message><source>Find a span</source><translation>Chercher un intervalle</translation></message>
<message><source>Colours of the timeline</source><translation>Couleurs de la chronologie</translation></message>
<message><source>Span under the cursor</source><translation>Intervalle sous le curseur</translation></message>
<message><source>Timeline of the baseline</source><translation>Chronologie de la référence</translation></message>
<message><source>Timeline of the selected scenario</source><translation>Chronologie du scénario choisi</translation></message>
<message><source>Requests over time</source><translation>Requêtes dans le temps</translation></message>
<message><source>No span holds “%1”</source><translation>Aucun intervalle ne contient « %1 »</translation></message>
<message><source>Selected: %1</source><translation>Choisi : %1</translation></message>
<message><source>Neither the baseline nor the selected scenario has a simulated training step: open one with [training] and press F5.</source><translation>Ni la référence ni le scénario choisi n'ont d'étape d'entraînement simulée : ouvrez-en un avec [training] et appuyez sur F5.</translation></message>
<message><source>critical path</source><translation>chemin critique</translation></message>
<message><source>measured</source><translation>mesuré</translation></message>
<message><source>predicted</source><translation>prédit</translation></message>
<message><source>others</source><translation>autres</translation></message>
<message><source>%1, error %2</source><translation>%1, erreur %2</translation></message>
<message><source>Run compares the suite's predictions with measurements</source><translation>Exécuter compare les prédictions de la suite aux mesures</translation></message>
<message><source>This suite compares words; see the table</source><translation>Cette suite compare des mots ; voir le tableau</translation></message>
<message><source>Figure</source><translation>Chiffre</translation></message>
<message><source>Measured</source><translation>Mesuré</translation></message>
<message><source>Predicted</source><translation>Prédit</translation></message>
<message><source>Error</source><translation>Erreur</translation></message>
<message><source>Source</source><translation>Source</translation></message>
<message><source>&lt;b&gt;%1&lt;/b&gt;: %2 figures compared, %3 left out · median error &lt;b&gt;%4&lt;/b&gt;, 90 % below %5 · bias %6 · %7 inside the 80 % interval</source><translation>&lt;b&gt;%1&lt;/b&gt; : %2 chiffres comparés, %3 écartés · erreur médiane &lt;b&gt;%4&lt;/b&gt;, 90 % sous %5 · biais %6 · %7 dans l'intervalle à 80 %</translation></message>
<message><source>Kernel</source><translation>Noyau</translation></message>
<message><source>Library</source><translation>Bibliothèque</translation></message>
<message><source>Measured rows</source><translation>Lignes mesurées</translation></message>
<message><source>Spread of small calls</source><translation>Dispersion des petits appels</translation></message>
<message><source>Spread</source><translation>Dispersion</translation></message>
<message><source>carried over</source><translation>repris</translation></message>
<message><source>Predicted against measured</source><translation>Prédit et mesuré</translation></message>
<message><source>Figures</source><translation>Chiffres</translation></message>
<message><source>Suite</source><translation>Suite</translation></message>
<message><source>Run the suite</source><translation>Exécuter la suite</translation></message>
<message><source>Summary of the suite</source><translation>Résumé de la suite</translation></message>
<message><source>Kernels behind the chips</source><translation>Noyaux derrière les puces</translation></message>
<message><source>Running…</source><translation>En cours…</translation></message>
<message><source>Cancelled.</source><translation>Annulé.</translation></message>
<message><source>Comparison</source><translation>Comparaison</translation></message>
<message><source>What differs</source><translation>Différences</translation></message>
<message><source>Hide equal rows</source><translation>Masquer les lignes égales</translation></message>
<message><source>What is broken down</source><translation>Ce qui est décomposé</translation></message>
<message><source>Step (s)</source><translation>Étape (s)</translation></message>
<message><source>Fleet and months</source><translation>Parc et mois</translation></message>
<message><source>Table of the result</source><translation>Tableau du résultat</translation></message>
<message><source>Table</source><translation>Tableau</translation></message>
<message><source>Column drawn</source><translation>Colonne tracée</translation></message>
<message><source>add %1</source><translation>ajouter %1</translation></message>
<message><source>rename to %1</source><translation>renommer en %1</translation></message>
<message><source>%1 (copy)</source><translation>%1 (copie)</translation></message>
<message><source>duplicate %1</source><translation>dupliquer %1</translation></message>
<message><source>remove %1</source><translation>retirer %1</translation></message>
<message><source>reorder</source><translation>réordonner</translation></message>
<message><source>set baseline</source><translation>définir la référence</translation></message>
<message><source>Untitled</source><translation>Sans titre</translation></message>
<message><source>error</source><translation>erreur</translation></message>
<message><source>waiting</source><translation>en attente</translation></message>
<message><source>simulating %1 %</source><translation>simulation %1 %</translation></message>
<message><source>simulated</source><translation>simulé</translation></message>
<message><source>estimated</source><translation>estimé</translation></message>
<message><source>not run</source><translation>non exécuté</translation></message>
<message><source>refused</source><translation>refusé</translation></message>
<message><source>cancelled</source><translation>annulé</translation></message>
<message><source>%1 is not UTF-8 text</source><translation>%1 n'est pas du texte UTF-8</translation></message>
<message><source>save as %1</source><translation>enregistrer sous %1</translation></message>
</context>
</TS>
