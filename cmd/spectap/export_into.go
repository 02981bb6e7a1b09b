package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/openapi/merge"
)

// describe returns the document of a request.
type describe func(context.Context, catalog.Request) (*catalog.Document, error)

// merge adds what traffic shows to a document that people edit.
func (x *exporting) merge(ctx context.Context, document describe) (*catalog.Document, error) {
	r, into, out := x.request, x.into, x.out
	existing, version, err := x.target(ctx)
	if err != nil {
		return nil, err
	}
	r.Version = version
	e, err := document(ctx, r)
	if err != nil {
		return nil, err
	}
	merged, err := merge.Merge(existing, e.OpenAPI)
	if err != nil {
		return nil, fmt.Errorf("merge into %s: %w", into, err)
	}
	if x.merged, err = openapi.LoadContext(ctx, merged.Text); err != nil {
		return nil, fmt.Errorf("merge into %s: read the result: %w", into, err)
	}
	if !x.watch || !x.isWritten(merged.Text) {
		if now, err := readFile(into, maxInput); out == into && (err != nil || !bytes.Equal(now, existing)) {
			return nil, &hint{fmt.Errorf("merge into %s: it changed meanwhile; nothing was written", into), "the same command again"}
		}
		if err := x.p.writeOut(ctx, "document", out, merged.Text); err != nil {
			return nil, err
		}
	}
	err = x.writeUnplaced(ctx, merged.Unplaced) // first: who sees the lines may read the file, or interrupt
	x.p.writing.Lock()                          // nothing is printed once the command has ended
	x.printUnplaced(merged.Unplaced)
	x.p.writing.Unlock()
	return e, err
}

// target reads the document of --into and its version, and refuses one that cannot be merged into.
func (x *exporting) target(ctx context.Context) (existing []byte, version string, err error) {
	existing, err = readFile(x.into, maxInput)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", &hint{fmt.Errorf("read document: %w", err), "spectap export -o " + quoteArg(x.into) + " to create it"}
	case err != nil:
		return nil, "", fmt.Errorf("read document: %w", err)
	}
	if version, err = openapi.VersionOf(existing); err != nil {
		return nil, "", notDocument(x.into, err)
	}
	if version != "3.0" && version != "3.1" {
		return nil, "", fmt.Errorf("merge into %s: its version is %s, must be 3.0 or 3.1", x.into, version)
	}
	return existing, version, x.refuseInvalid(ctx, existing)
}

// writeUnplaced writes to the file of --unplaced.
func (x *exporting) writeUnplaced(ctx context.Context, all []merge.Unplaced) error {
	if x.unplaced == "" {
		return nil
	}
	type unplaced struct {
		Place  string `json:"place"` // "" is the document
		What   string `json:"what"`
		Reason string `json:"reason"`
	}
	list := make([]unplaced, len(all))
	for i, u := range all {
		list[i] = unplaced(u)
	}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	data = []byte(visible.JSON(string(data)) + "\n")
	if bytes.Equal(data, x.listed) {
		return nil
	}
	x.listed = data
	return x.p.writeOut(ctx, "list of what has no place", x.unplaced, data)
}

// tolerated are the rules that a document may break to be merged into: values that people wrote as
// examples do not change what is added.
var tolerated = []string{"example-violates-schema", "default-violates-schema"}

// refuseInvalid prints the findings of an invalid document and returns an error.
func (x *exporting) refuseInvalid(ctx context.Context, existing []byte) error {
	try := "spectap validate " + quoteArg(x.into)
	report, err := lint.Check(ctx, existing, lint.Config{ErrorsOnly: true, Ignore: tolerated})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &hint{fmt.Errorf("merge into %s: %w", x.into, err), try}
	case len(report.Findings) == 0:
		return nil
	}
	if err := report.WriteText(x.p.stderr, x.into); err != nil {
		return err
	}
	count := plural(len(report.Findings), "error")
	return &hint{fmt.Errorf("merge into %s: it is not valid (%s above); nothing was written", x.into, count), try}
}

// maxUnplaced bounds the lines about what had no place, unless --report asks for all.
const maxUnplaced = 20

// printUnplaced lists what traffic shows and the document has no place for.
func (x *exporting) printUnplaced(all []merge.Unplaced) {
	shown := all
	if !x.report {
		shown = all[:min(len(all), maxUnplaced)]
	}
	for _, u := range shown {
		place := u.Place
		if place != "" {
			place += ": "
		}
		x.note("spectap: not merged: " + visible.Line(place+u.What+": "+u.Reason))
	}
	if more := len(all) - len(shown); more > 0 {
		x.note(fmt.Sprintf("spectap: not merged: %d more; --report lists all", more))
	}
}
