package document

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/store"
)

// MaxFlowTags bounds the flow tags that an operation gets. The most frequent tags are kept, because
// a test suite may give each request a different tag.
const MaxFlowTags = 50

// tagFlags are the flags of export about the tags of flows.
type tagFlags struct {
	only []string // learn only from flows with one of these tags
	add  bool     // give operations the tags of their flows
}

func (f *tagFlags) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.only, "tag", nil, "use only flows with this `tag` (repeatable: any of them)")
	cmd.Flags().BoolVar(&f.add, "flow-tags", false,
		fmt.Sprintf("also tag operations with the tags of their flows, at most %d each", MaxFlowTags))
}

func (f *tagFlags) check(cmd *cobra.Command) error {
	for _, tag := range f.only {
		if err := flow.CheckTag(tag); err != nil {
			return cli.Usagef(cmd, "--tag %q: %w", tag, err)
		}
	}
	return nil
}

// explain replaces the error for a store without flows by one that no flow has the tags.
func (f *tagFlags) explain(err error) error {
	if len(f.only) == 0 || !errors.Is(err, catalog.ErrNoFlows) {
		return err
	}
	return cli.WithHint(fmt.Errorf("no flow has the tag %s", strings.Join(f.only, " or ")), "spectap flows ls -- -tag:none   # flows with tags")
}

// openTagged returns a catalog of the flows that the command line selects. With --flow-tags it also
// returns their store. The caller calls done at the end.
func (x *Exporting) openTagged() (st control.Store, c *catalog.Catalog, done func(), err error) {
	if !x.tags.add && len(x.tags.only) == 0 {
		c, done, err = x.P.OpenCatalog()
		return nil, c, done, err
	}
	if parts, err := x.P.Captures(); err != nil {
		return nil, nil, nil, err
	} else if len(parts) > 0 {
		return nil, nil, nil, cli.Misusef("--tag and --flow-tags read one store: name it with --db")
	}
	st, save, err := x.P.OpenLearningAt(x.P.DBPath())
	if err != nil {
		return nil, nil, nil, err
	}
	if len(x.tags.only) > 0 {
		st, save = &taggedStore{st, x.tags.only}, catalog.SaveNever
	}
	return st, x.P.NewCatalog(st, save), func() { st.Close() }, nil
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

// withFlowTags returns a copy of the document whose operations also have the tags of their flows.
// The tags that the inference gave come first, because generators group operations by them.
func (x *Exporting) withFlowTags(ctx context.Context, st control.Store, e *catalog.Document) (*catalog.Document, error) {
	doc, err := openapi.Copy(e.OpenAPI)
	if err != nil {
		return nil, err
	}
	counts, err := countTags(ctx, st, doc, x.Request.MergeHosts)
	if err != nil {
		return nil, err
	}
	red, err := x.P.Redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	for op, of := range counts {
		for _, tag := range mostOf(of) {
			if red.Text(tag) != tag || slices.Contains(op.Tags, tag) {
				continue // a secret, or already present
			}
			op.Tags = append(op.Tags, tag)
			if doc.Tags.Get(tag) == nil {
				doc.Tags = append(doc.Tags, &openapi3.Tag{Name: tag})
			}
		}
	}
	slices.SortFunc(doc.Tags, func(a, b *openapi3.Tag) int { return strings.Compare(a.Name, b.Name) })
	tagged := *e
	tagged.OpenAPI = doc
	return &tagged, nil
}

// countTags counts the flows of each operation by their tags.
func countTags(ctx context.Context, st store.Reader, doc *openapi3.T, anyHost bool) (map[*openapi3.Operation]map[string]int, error) {
	r, err := router.New(doc)
	if err != nil {
		return nil, err
	}
	counts := map[*openapi3.Operation]map[string]int{}
	for f, err := range st.Scan(ctx, store.Query{}) {
		if err != nil {
			return nil, fmt.Errorf("read flows: %w", err)
		}
		if len(f.Tags) == 0 {
			continue
		}
		host := f.Request.Authority
		if anyHost {
			host = ""
		}
		m, ok := r.FindFlow(&f, host)
		if !ok {
			continue
		}
		of := counts[m.Operation]
		if of == nil {
			of = map[string]int{}
			counts[m.Operation] = of
		}
		for _, tag := range f.Tags {
			of[tag]++
		}
	}
	return counts, nil
}

// mostOf returns the tags of the most flows, by name.
func mostOf(counts map[string]int) []string {
	tags := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b)) })
	tags = tags[:min(len(tags), MaxFlowTags)]
	slices.Sort(tags)
	return tags
}
