package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer/correction"
)

// overridesName is the name of the corrections file beside the store.
const overridesName = "spectap.overrides.yaml"

// correctionsPath returns the path of the corrections file, which may not exist.
func (p *program) correctionsPath() string {
	if p.global.overrides != "" {
		return p.global.overrides
	}
	return filepath.Join(filepath.Dir(p.dbPath()), overridesName)
}

// corrections reads the corrections file: the one that --overrides names, else the one beside the
// store if it exists.
func (p *program) corrections() (correction.Corrections, error) {
	path, read := p.correctionsPath(), readFile
	if p.global.overrides == "" {
		read = readFound
	}
	data, err := read(path, maxSettings)
	if errors.Is(err, fs.ErrNotExist) && p.global.overrides == "" {
		return correction.Corrections{}, nil
	}
	if err != nil {
		return correction.Corrections{}, fmt.Errorf("read corrections: %w", err)
	}
	return parseCorrections(path, data)
}

// parseCorrections reads the text of a corrections file.
func parseCorrections(path string, data []byte) (correction.Corrections, error) {
	c, err := overrides.Parse(data)
	if err != nil {
		try := "write segments, leave-out, hosts, operations, values, components or apis, as in docs/overrides.md"
		return correction.Corrections{}, &hint{fmt.Errorf("read corrections %s: %w", path, err), cmp.Or(mistakeLines(path, err), try)}
	}
	return c, nil
}

// hides returns what selects the values that the rules of the configuration hide, nil if it has
// none. If the configuration cannot be read, all are hidden.
func (p *program) hides() func(name, text string) bool {
	c, err := loadConfig(p.global.config)
	if err != nil {
		return func(string, string) bool { return true }
	}
	if len(c.Redact) == 0 {
		return nil
	}
	return c.rules.Hides
}

// newCatalog returns a catalog of a store, with the corrections of the command line.
func (p *program) newCatalog(st catalog.Store, save catalog.SavePolicy) *catalog.Catalog {
	return catalog.New(catalog.Config{Store: st, Save: save, Corrections: p.corrections, Hides: p.hides()})
}

// openCatalog opens what --db names and returns a catalog of it. The caller calls done at the end.
func (p *program) openCatalog() (c *catalog.Catalog, done func(), err error) {
	if p.hub != nil && p.hub.facts != nil {
		return catalog.NewMerged(catalog.Config{Corrections: p.corrections, Hides: p.hides()}, *p.hub.facts), func() {}, nil
	}
	if parts, err := p.captures(); err != nil || len(parts) > 0 {
		return p.openParts(parts, err)
	}
	return p.openCatalogAt(p.dbPath())
}

// openCatalogAt is openCatalog for the store at path.
func (p *program) openCatalogAt(path string) (c *catalog.Catalog, done func(), err error) {
	st, readOnly, err := p.openLearningAt(path)
	if err != nil {
		return nil, nil, err
	}
	s := catalog.SaveAlways
	if readOnly {
		s = catalog.SaveNever
	}
	c = catalog.New(catalog.Config{Store: st, Save: s, Corrections: p.corrections, Hides: p.hides(), Progress: p.learning(st)})
	return c, func() { st.Close() }, nil
}
