package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/mitmdump"
)

// flowDump writes the flows of a proxy to a mitmproxy flow file, without their secrets: the agent
// that asked for the file may read it. It is safe for concurrent use.
type flowDump struct {
	root *os.Root
	name string
	made bool // the file is new

	mu     sync.Mutex // guards the fields below
	file   *os.File
	w      *mitmdump.Writer
	size   int64 // of the whole flows
	flows  int64
	err    error // ended the dump
	redact func(flow.Flow) flow.Flow
}

// openDump opens a file of the folder that a person allowed: a new one, or one with flows to add
// to. An existing file is never replaced. Links and .. do not lead out of the folder.
func (c *changer) openDump(name string, add bool) (*flowDump, error) {
	if c.files == nil {
		return nil, errors.New("dump_file: a person allows files by starting the server with --files FOLDER")
	}
	name = c.relative(name)
	d := &flowDump{root: c.files, name: name, made: true}
	info, err := c.files.Stat(name) // opening a FIFO would wait for a reader
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("not a regular file")
	case err == nil && !add:
		err = errors.New("the file exists: name another, or add to it with + before its name")
	case err == nil:
		d.made = false
		d.file, err = c.files.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	case errors.Is(err, fs.ErrNotExist):
		d.file, err = c.files.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	}
	if err == nil && !d.made {
		if _, err = mitmdump.Count(d.file); err != nil {
			d.file.Close()
			err = fmt.Errorf("flows can be added to a whole mitmproxy flow file only: %w", err)
		} else {
			d.size, err = d.file.Seek(0, io.SeekEnd)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("dump_file: %w; name a new file below the folder of --files, or + and a file of flows", plainPathError(err))
	}
	d.w = mitmdump.NewWriter(d)
	return d, nil
}

// relative returns the name of a file in the folder of --files.
func (c *changer) relative(name string) string {
	if filepath.IsAbs(name) {
		if rel, err := filepath.Rel(c.files.Name(), name); err == nil {
			return rel
		}
	}
	return name
}

// add writes complete flows. The first error ends the dump; recording goes on.
func (d *flowDump) add(flows []flow.Flow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range flows {
		if f.Done && d.err == nil {
			d.err = d.w.Write(d.redact(f))
		}
	}
}

// Write implements io.Writer for one flow. A flow that was written in part is removed.
func (d *flowDump) Write(p []byte) (int, error) {
	n, err := d.file.Write(p)
	if err != nil {
		return n, errors.Join(err, d.file.Truncate(d.size))
	}
	d.size += int64(n)
	d.flows++
	return n, nil
}

// close ends the file. It returns the number of flows, and why some are missing.
func (d *flowDump) close() (flows int64, problem string) {
	if d == nil {
		return 0, ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.err
	if err == nil {
		err = d.file.Sync()
	}
	if err = errors.Join(err, d.file.Close()); err != nil {
		problem = plainPathError(err).Error()
	}
	return d.flows, problem
}

// abandon ends the file of a proxy that did not start. A new file without flows is removed.
func (d *flowDump) abandon() {
	if d == nil {
		return
	}
	if flows, _ := d.close(); d.made && flows == 0 {
		d.root.Remove(d.name)
	}
}

// dumpingStore is a store that also writes each flow to a file.
type dumpingStore struct {
	capture.Appender
	dump *flowDump
}

func (s dumpingStore) Append(ctx context.Context, flows ...flow.Flow) (flow.Seq, error) {
	n, err := s.Appender.Append(ctx, flows...)
	if err == nil {
		s.dump.add(flows)
	}
	return n, err
}
