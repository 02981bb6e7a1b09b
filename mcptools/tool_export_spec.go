package mcptools

import (
	"context"
	"encoding/json"
	"unicode/utf8"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
)

// SpecResult is an OpenAPI document, or a section of its text.
type SpecResult struct {
	tool.Untrusted
	// Document is set if the format is JSON and the whole document fits.
	Document   map[string]any `json:"document,omitempty" jsonschema_description:"the OpenAPI document"`
	Text       string         `json:"text,omitempty" jsonschema_description:"the document's text from byte offset on: for YAML, and if document does not fit"`
	Format     string         `json:"format"`
	Version    string         `json:"version" jsonschema_description:"the version of OpenAPI"`
	Length     int            `json:"length" jsonschema_description:"bytes of the whole document"`
	Offset     int            `json:"offset,omitempty"`
	Truncated  bool           `json:"truncated,omitempty" jsonschema_description:"the text continues: call again with offset next_offset"`
	NextOffset int            `json:"next_offset,omitempty"`
	Hosts      []string       `json:"hosts" jsonschema_description:"the requested hosts; empty: all"`
	Operations int            `json:"operations"`
	Flows      int64          `json:"flows" jsonschema_description:"flows that are the evidence for the document"`
	Excluded   []Excluded     `json:"excluded" jsonschema_description:"flows without an operation, by reason"`
	Note       string         `json:"note,omitempty"`
}

// Limits of the text in one result, in bytes.
const (
	defaultSpecBytes = 256 << 10
	maxSpecBytes     = 4 << 20
)

// Continuation implements [tool.Partial].
func (r SpecResult) Continuation(name string) string {
	return tool.NextOffset(name, r.Truncated, r.NextOffset)
}

func (s *service) exportSpec() tool.Tool {
	params := []tool.Param{
		apiParam, newestParam,
		{Name: "format", Kind: tool.String, Enum: []string{"json", "yaml"}, Default: "json",
			Doc: "the format of the document"},
		{Name: "version", Kind: tool.String, Enum: []string{"3.0", "3.1"}, Default: "3.1",
			Doc: "the version of OpenAPI"},
		{Name: "max_bytes", Kind: tool.Integer, Min: 1 << 10, Max: maxSpecBytes, Default: defaultSpecBytes,
			Doc: "the maximum size of the returned text"},
		{Name: "offset", Kind: tool.Integer, Default: 0, Doc: "the first byte of the returned text"},
	}
	return tool.New("export_openapi_spec", "OpenAPI document",
		"Returns the OpenAPI document of a host, or of all hosts, inferred from the captured traffic.",
		params, s.export)
}

func (s *service) export(ctx context.Context, a tool.Args) (SpecResult, error) {
	d, hosts, err := s.document(ctx, a, selection{whole: true, oneAPI: true})
	if err != nil {
		return SpecResult{}, err
	}
	data, err := s.encoder.Encode(d.OpenAPI, openapi.Format(a.String("format")))
	if err != nil {
		return SpecResult{}, err
	}
	out := SpecResult{
		Untrusted: tool.Notice(), Format: a.String("format"), Version: d.OpenAPI.OpenAPI, Length: len(data),
		Hosts: view.VisibleAll(hosts), Operations: len(d.Decided.Operations), Flows: d.Decided.Flows,
		Excluded: excluded(d.Decided.Excluded), Note: d.Note,
	}
	offset, limit := a.Int("offset"), a.Int("max_bytes")
	if offset > len(data) {
		return SpecResult{}, tool.BadArgument("offset", "is too large: the document has %d bytes", len(data))
	}
	if out.Format == "json" && offset == 0 && len(data) <= limit {
		if err := json.Unmarshal(data, &out.Document); err != nil {
			return SpecResult{}, err
		}
		return out, nil
	}
	for ; offset > 0 && offset < len(data) && !utf8.RuneStart(data[offset]); offset-- {
	}
	rest := string(data[offset:])
	if len(rest) > limit {
		rest = view.WholeRunes(rest[:limit])
		out.Truncated, out.NextOffset = true, offset+len(rest)
	}
	out.Text, out.Offset = rest, offset
	return out, nil
}
