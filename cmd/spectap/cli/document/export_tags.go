package document

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// explain replaces the error for a store without flows by one that no flow has the tags.
func (x *Exporting) explain(err error) error {
	if len(x.tags) == 0 || !errors.Is(err, catalog.ErrNoFlows) {
		return err
	}
	return cli.WithHint(fmt.Errorf("no flow has the tag %s", strings.Join(x.tags, " or ")), "spectap flows ls -- -tag:none   # flows with tags")
}

// openTagged returns a catalog of the flows that --tag selects. The caller calls done at the end.
func (x *Exporting) openTagged() (c *catalog.Catalog, done func(), err error) {
	if len(x.tags) == 0 {
		return x.P.OpenCatalog()
	}
	if parts, err := x.P.Captures(); err != nil {
		return nil, nil, err
	} else if len(parts) > 0 {
		return nil, nil, cli.Misusef("--tag reads one store: name it with --db")
	}
	st, _, err := x.P.OpenLearningAt(x.P.DBPath())
	if err != nil {
		return nil, nil, err
	}
	return x.P.NewCatalog(&taggedStore{st, x.tags}, catalog.SaveNever), func() { st.Close() }, nil
}

// taggedStore is a view of a store that has only flows with one of the tags. It implements the
// methods that a catalog uses. It does not use the model of the whole store.
type taggedStore struct {
	control.Store
	tags []string
}

// Scan implements [store.Reader].
func (s *taggedStore) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	left := q.Limit
	q.Limit = 0 // flows without the tag do not count
	return func(yield func(flow.Flow, error) bool) {
		for f, err := range s.Store.Scan(ctx, q) {
			if err == nil && !slices.ContainsFunc(f.Tags, func(t string) bool { return slices.Contains(s.tags, t) }) {
				continue
			}
			if !yield(f, err) || err != nil {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}

// LoadModel returns no model, because that of the store has learned from all flows.
func (s *taggedStore) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	_, basis, err := s.Store.LoadModel(ctx, name)
	return nil, store.Basis{Deletions: basis.Deletions}, err
}
