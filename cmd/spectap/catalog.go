package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
)

// overridesName is the name of the corrections file beside the store.
const overridesName = "spectap.overrides.yaml"

// corrections reads the corrections file: the one that --overrides names, else the one beside the
// store if it exists.
func (p *program) corrections() (infer.Corrections, error) {
	path, read := p.global.overrides, readFile
	if path == "" {
		path, read = filepath.Join(filepath.Dir(p.dbPath()), overridesName), readFound
	}
	data, err := read(path, maxSettings)
	if errors.Is(err, fs.ErrNotExist) && p.global.overrides == "" {
		return infer.Corrections{}, nil
	}
	if err != nil {
		return infer.Corrections{}, fmt.Errorf("read corrections: %w", err)
	}
	c, err := catalog.ParseCorrections(data)
	if err != nil {
		return infer.Corrections{}, &hint{
			fmt.Errorf("read corrections %s: %w", path, err),
			"segments, leave-out and hosts, as in docs/overrides.md",
		}
	}
	return c, nil
}

// newCatalog returns a catalog of a store, with the corrections of the command line.
func (p *program) newCatalog(st catalog.Store, save catalog.SavePolicy) *catalog.Catalog {
	return catalog.New(catalog.Config{Store: st, Save: save, Corrections: p.corrections})
}

// openCatalog opens the store and returns a catalog of it. The caller calls done at the end.
func (p *program) openCatalog() (c *catalog.Catalog, done func(), err error) {
	st, readOnly, err := p.openLearning()
	if err != nil {
		return nil, nil, err
	}
	s := catalog.SaveAlways
	if readOnly {
		s = catalog.SaveNever
	}
	return p.newCatalog(st, s), func() { st.Close() }, nil
}
