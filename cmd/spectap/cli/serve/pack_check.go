package serve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/desktop/mcpb"
	"github.com/spectap/spectap/openapi/bundle"
)

// maxBundle bounds the size of a compared bundle.
const maxBundle = 256 << 20

func readBundle(path string) (*mcpb.Bundle, error) {
	data, err := cli.ReadFile(path, maxBundle)
	if err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	b, err := mcpb.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// compare compares the files of a bundle with the hashes of the files that pack would write.
func compare(p *cli.Program, path string, want map[string]string) error {
	b, err := readBundle(path)
	if err != nil {
		return err
	}
	r := bundleReport{p: p}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch sum, ok := b.Sums[name]; {
		case !ok:
			r.note("missing", name)
		case sum != want[name]:
			r.note("differs", name)
		default:
			r.note("same", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Sums)) {
		if _, ok := want[name]; !ok {
			r.note("foreign", name)
		}
	}
	return r.end(path)
}

// bundleReport prints the result for each file of a bundle.
type bundleReport struct {
	p       *cli.Program
	differs int
}

func (r *bundleReport) note(what, file string) {
	if what != "same" {
		r.differs++
	}
	fmt.Fprintf(r.p.Stdout, "%-8s %s\n", what, file)
}

func (r *bundleReport) end(path string) error {
	if r.differs == 0 {
		return nil
	}
	fmt.Fprintf(r.p.Stderr, "spectap: %s: %s\n", path, cli.Plural(r.differs, "difference"))
	return cli.ExitStatus(cli.ExitFound)
}

// checkSources compares the files of a bundle with those that its manifest names as their sources.
func checkSources(ctx context.Context, p *cli.Program, path string) error {
	b, err := readBundle(path)
	if err != nil {
		return err
	}
	r, known := bundleReport{p: p}, 0
	for _, name := range slices.Sorted(maps.Keys(b.Notes)) {
		note := b.Notes[name]
		source := filepath.FromSlash(note.Source)
		if source == "" || filepath.IsAbs(source) {
			continue
		}
		known++
		text, err := readSource(ctx, p, name, filepath.Dir(path), source)
		source = filepath.Join(filepath.Dir(path), source)
		switch {
		case err != nil:
			r.note("missing", fmt.Sprintf("%s: %v", name, err))
		case mcpb.Sum(text) != b.Sums[name]:
			r.note("differs", name+" from "+source)
		default:
			r.note("same", name+" and "+source)
		}
	}
	if known == 0 {
		return fmt.Errorf("%s: its manifest names no source: give the document and the flags that made it", path)
	}
	fmt.Fprintln(p.Stderr, "spectap: the manifest was not compared: that takes the document and the flags that made it")
	return r.end(path)
}

// readSource reads a source as pack does: a document with the files that it refers to. Whoever made
// the bundle chose the source, so it must be a file below the folder of the bundle.
func readSource(ctx context.Context, p *cli.Program, name, dir, source string) ([]byte, error) {
	data, err := bundle.ReadIn(dir, source)
	if errors.Is(err, bundle.ErrOutside) {
		return nil, fmt.Errorf("its source %s is not below the folder of the bundle: name the document that made it, too", source)
	}
	if err != nil || !strings.HasPrefix(name, "api.") {
		return data, err
	}
	r, err := p.ReadDocument(ctx, filepath.Join(dir, source), "")
	if err != nil {
		return nil, err
	}
	return r.Text, nil
}
