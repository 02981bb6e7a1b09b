package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store"
)

// maxDocument bounds a document that is fetched from a URL, in bytes.
const maxDocument = 64 << 20

// toolSet builds the tools of a document, or of the capture if the mount names no document.
func (s *serving) toolSet(ctx context.Context, m mount) (*spectools.Set, error) {
	doc, err := s.p.servedDocument(ctx, m.spec, s.f.host)
	if err != nil {
		return nil, err
	}
	o := s.options
	o.Enforce = s.points[m.base]
	if o.Credentials, o.Caller, err = s.credentials(m, doc); err != nil {
		return nil, err
	}
	if isURL(m.spec) {
		o.DocumentURL = m.spec
	}
	if m.baseURL != "" {
		o.BaseURL = m.baseURL
	}
	o.Pins = s.pinsOf(m)
	name := m.spec
	if name == "" {
		name = "the capture"
	}
	set, err := spectools.FromDocument(doc, o)
	switch {
	case errors.Is(err, spectools.ErrNoServer):
		return nil, &hint{fmt.Errorf("serve %s: %w", name, err), "spectap serve " + m.spec + " --base-url https://…"}
	case err != nil && o.BaseURL != "" && meantOrigin(o.BaseURL) != o.BaseURL:
		return nil, &hint{&misuse{fmt.Errorf("serve %s: %w", name, err)}, "spectap serve " + quoteArg(m.spec) + " --base-url " + quoteArg(meantOrigin(o.BaseURL))}
	case err != nil:
		return nil, fmt.Errorf("serve %s: %w", name, err)
	}
	s.printCredentials(m, doc, set)
	return set, nil
}

// servedDocument loads the document of a file, a URL or, if spec is empty, the capture.
func (p *program) servedDocument(ctx context.Context, spec, host string) (*openapi3.T, error) {
	switch {
	case spec == "":
		st, err := p.open(store.Options{ReadOnly: true})
		if err != nil {
			return nil, err
		}
		defer st.Close()
		e, err := p.newCatalog(st, catalog.SaveNever).Document(ctx, catalog.Request{Host: host})
		if err != nil {
			return nil, err
		}
		return e.OpenAPI, nil
	case isURL(spec):
		return fetchDocument(ctx, spec)
	}
	doc, err := openapi.LoadFile(spec)
	var path *fs.PathError
	if errors.As(err, &path) {
		return nil, err // of a file that is missing, unreadable or a folder
	}
	if err != nil {
		if data, again := readFound(spec, maxInput); again == nil {
			if other := trafficError(spec, data); other != nil {
				return nil, other
			}
		}
		return nil, &hint{err, "an OpenAPI document (2.0, 3.0 or 3.1; JSON or YAML): spectap serve api.yaml"}
	}
	return doc, nil
}

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

// fetchDocument reads a document from a URL of the command line.
func fetchDocument(ctx context.Context, spec string) (*openapi3.T, error) {
	u, err := url.Parse(spec)
	if err != nil || u.Host == "" {
		return nil, &misuse{fmt.Errorf("%s is not a URL", egress.WithoutUser(spec))}
	}
	c, err := egress.New(egress.Config{Named: []string{spec}, MaxBody: maxDocument})
	if err != nil {
		return nil, fmt.Errorf("fetch the document: %w", err)
	}
	defer c.Close()
	resp, err := c.Do(ctx, egress.Call{Method: http.MethodGet, URL: u, Header: []egress.Pair{
		{Name: "Accept", Value: "application/json, application/yaml;q=0.9, */*;q=0.5"},
	}})
	if err != nil {
		return nil, &hint{fmt.Errorf("fetch the document: %w", err),
			"curl -o api.json " + spec + " && spectap serve api.json"}
	}
	data, truncated, err := egress.ReadBody(resp)
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch the document: %w", err)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("fetch the document: %s responded with %s", u.Host, resp.Status)
	case truncated:
		return nil, fmt.Errorf("fetch the document: it is larger than %d MiB", maxDocument>>20)
	}
	doc, err := openapi.Load(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", spec, err)
	}
	return doc, nil
}
