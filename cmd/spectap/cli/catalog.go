package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/store"
)

// OverridesName is the name of the corrections file beside the store.
const OverridesName = "spectap.overrides.yaml"

// CorrectionsPath returns the path of the corrections file, which may not exist.
func (p *Program) CorrectionsPath() string {
	return cmp.Or(p.Global.Overrides, filepath.Join(filepath.Dir(p.DBPath()), OverridesName))
}

// Corrections reads the corrections file that --overrides names, or else the one next to the store,
// if it exists.
func (p *Program) Corrections() (correction.Corrections, error) {
	path, read := p.CorrectionsPath(), ReadFile
	if p.Global.Overrides == "" {
		read = ReadFound
	}
	data, err := read(path, MaxSettings)
	if errors.Is(err, fs.ErrNotExist) && p.Global.Overrides == "" {
		return correction.Corrections{}, nil
	}
	if err != nil {
		return correction.Corrections{}, fmt.Errorf("read corrections: %w", err)
	}
	return ParseCorrections(path, data)
}

// ParseCorrections reads the text of a corrections file.
func ParseCorrections(path string, data []byte) (correction.Corrections, error) {
	c, err := overrides.Parse(data)
	if err != nil {
		try := "write segments, leave-out, hosts, operations, values, components or apis, as in docs/overrides.md"
		return correction.Corrections{}, WithHint(fmt.Errorf("read corrections %s: %w", path, err), try)
	}
	return c, nil
}

// hides returns a function that selects the values that the rules of the configuration hide, or nil
// if it has no rules. If the configuration cannot be read, all values are hidden.
func (p *Program) hides() func(hosts []string, name, text string) bool {
	c, err := LoadConfig(p.Global.Config)
	if err != nil {
		return func([]string, string, string) bool { return true }
	}
	if len(c.Redact) == 0 {
		return nil
	}
	return func(_ []string, name, text string) bool { return c.Rules.Hides(name, text) }
}

// hidesOf is hides for a store: it also hides texts that contain a credential which the clients of
// the store used.
func (p *Program) hidesOf(st catalog.Store) func(hosts []string, name, text string) bool {
	hides := p.hides()
	used := sync.OnceValue(func() *redact.Used {
		if st, ok := st.(store.Keyed); ok {
			if r, err := p.Redactor(context.Background(), st); err == nil {
				return r.Used()
			}
		}
		return nil // another process owns the store and keeps its key
	})
	return func(hosts []string, name, text string) bool {
		return hides != nil && hides(hosts, name, text) || used() != nil && used().In([]byte(text), hosts...)
	}
}

// NewCatalog returns a catalog of a store, with the corrections of the command line.
func (p *Program) NewCatalog(st catalog.Store, save catalog.SavePolicy) *catalog.Catalog {
	return catalog.New(p.catalogConfig(st, save))
}

func (p *Program) catalogConfig(st catalog.Store, save catalog.SavePolicy) catalog.Config {
	return catalog.Config{Store: st, Save: save, Corrections: p.Corrections, Hides: p.hidesOf(st)}
}

// OpenCatalog opens the files that --db names and returns a catalog of them. The caller calls done
// at the end.
func (p *Program) OpenCatalog() (c *catalog.Catalog, done func(), err error) {
	if p.Hub != nil && p.Hub.Facts != nil {
		return catalog.NewMerged(catalog.Config{Corrections: p.Corrections, Hides: p.hides()}, *p.Hub.Facts), func() {}, nil
	}
	if parts, err := p.Captures(); err != nil || len(parts) > 0 {
		return p.openParts(parts, err)
	}
	return p.openCatalogAt(p.DBPath())
}

// OpenCatalogAt is openCatalog for the store at path.
func (p *Program) openCatalogAt(path string) (c *catalog.Catalog, done func(), err error) {
	st, save, err := p.OpenLearningAt(path)
	if err != nil {
		return nil, nil, err
	}
	cfg := p.catalogConfig(st, save)
	cfg.Progress = p.learning(st)
	return catalog.New(cfg), func() { st.Close() }, nil
}
