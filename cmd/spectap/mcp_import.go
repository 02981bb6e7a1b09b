package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/store"
)

// Import implements [mcptools.Importer]. It reads nothing outside of the folder, not even through
// links.
func (c *changer) Import(
	ctx context.Context, name string, include func(string) bool, replace bool,
) (out mcptools.Imported, err error) {
	if filepath.IsAbs(name) {
		if rel, err := filepath.Rel(c.files.Name(), name); err == nil {
			name = rel
		}
	}
	info, err := c.files.Stat(name) // opening a FIFO would wait for a writer
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return out, fmt.Errorf("read the file: %w", plainPathError(err))
	}
	f, err := c.files.Open(name)
	if err != nil {
		return out, fmt.Errorf("read the file: %w", plainPathError(err))
	}
	defer f.Close()
	flows, _, err := readTraffic(f, "import:"+filepath.Base(name))
	if err != nil {
		return out, fmt.Errorf("read the file: %w", err)
	}
	err = c.lease.Suspend(func() error {
		st, err := c.p.open(store.Options{Create: true})
		if err != nil {
			return err
		}
		out, err = importInto(ctx, st, flows, include, replace)
		return errors.Join(err, st.Close())
	})
	return out, err
}

// importInto imports the flows whose host include accepts, all or none. With replace it then
// deletes the older flows.
func importInto(
	ctx context.Context, st store.Store, flows iter.Seq2[flow.Flow, error], include func(string) bool, replace bool,
) (out mcptools.Imported, err error) {
	before, err := st.Stat(ctx)
	if err != nil {
		return out, err
	}
	tx, err := st.Import(ctx, "")
	if err != nil {
		return out, err
	}
	defer tx.Abort() // does nothing after Commit
	var batch []flow.Flow
	for f, err := range flows {
		if err != nil {
			return mcptools.Imported{}, fmt.Errorf("nothing was imported: %w", err)
		}
		if include != nil && !include(f.Request.Authority) {
			out.Skipped++
			continue
		}
		out.Flows++
		if batch = append(batch, f); len(batch) == batchFlows {
			if err := tx.Append(ctx, batch...); err != nil {
				return mcptools.Imported{}, err
			}
			batch = batch[:0]
		}
	}
	if err := tx.Append(ctx, batch...); err != nil {
		return mcptools.Imported{}, err
	}
	if err := tx.Commit(ctx); err != nil {
		return mcptools.Imported{}, err
	}
	if replace && before.Last > 0 {
		if out.Deleted, err = st.Delete(ctx, store.Query{Until: before.Last}); err != nil {
			return out, fmt.Errorf("the file was imported, but the older flows were not deleted: %w", err)
		}
	}
	return out, nil
}
