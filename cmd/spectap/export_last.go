package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/openapi"
)

// lastExportFile returns the file that keeps the last exported document of a host of the store, for
// the page. It is in the XDG state folder, and not beside the store: it is no result.
func (p *program) lastExportFile(host string) (string, error) {
	db, err := filepath.Abs(p.dbPath())
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(db + "\x00" + host))
	return filepath.Join(xdg.StateHome, "spectap", "exports", hex.EncodeToString(sum[:16])+".yaml"), nil
}

// keepExport keeps the document of one host. Documents of several hosts, or of a part of the
// traffic, are no state of an API to compare with.
func (p *program) keepExport(ctx context.Context, r catalog.Request, d *catalog.Document) {
	if r.Limit == 0 && r.Since.IsZero() && p.global.session == "" {
		p.keepDocument(ctx, d)
	}
}

// keepDocument is keepExport for a document that a person saved, whatever it describes. What fails
// is only said: the export is done.
func (p *program) keepDocument(ctx context.Context, d *catalog.Document) {
	if len(d.Hosts) != 1 {
		return
	}
	err := func() error {
		path, err := p.lastExportFile(d.Hosts[0])
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		var b bytes.Buffer
		if err := openapi.Encode(&b, d.OpenAPI, openapi.YAML); err != nil {
			return err
		}
		return p.writeFile(ctx, path, 0o600, b.Bytes())
	}()
	if err != nil {
		fmt.Fprintf(p.stderr, "spectap: the page cannot compare with this export: %v\n", err)
	}
}

// lastExport returns the document of a host that was exported last, and when.
func (p *program) lastExport(host string) ([]byte, time.Time, error) {
	path, err := p.lastExportFile(host)
	if err != nil {
		return nil, time.Time{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !info.Mode().IsRegular() {
		return nil, time.Time{}, fs.ErrNotExist
	}
	data, err := readFile(path, maxInput)
	return data, info.ModTime(), err
}
