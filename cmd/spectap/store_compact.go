package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/files"
)

func newStoreCompactCmd(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Rewrite the store without free pages",
		Example: `  spectap store compact
  spectap store compact --db shop.db`,
		Long: `Copies the store to a new file without free pages and the remains of removed flows in them,
verifies the copy, and replaces the old file by it. Flows that cannot be read are dropped and
listed, and wrong indexes are rebuilt; the exit status is 3 then. No other process may use the
store meanwhile, and the disk needs room for both files.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.storeCompact(cmd.Context()) },
	}
}

func (p *program) storeCompact(ctx context.Context) error {
	path := p.dbPath()
	if c, err := control.Dial(ctx, path); err == nil {
		c.Close()
		return &hint{fmt.Errorf("compact store %s: %w: a proxy records to it", path, store.ErrLocked),
			"spectap store compact --db " + quoteArg(path) + "   # after the proxy has ended"}
	}
	log, err := p.logger()
	if err != nil {
		return err
	}
	shown := p.startProgress("")
	o := store.Options{Logger: log, Upgrading: func(from, to uint32) { p.printUpgrade(path, from, to) }}
	var at, all int64
	shown.part = func() (int64, int64) { return at, all }
	show := func(doing string, n, total int64) {
		if ctx.Err() != nil {
			return
		}
		if shown.verb != doing {
			shown.verb, shown.began = doing, time.Now()
		}
		at, all = n, total
		switch {
		case total > 0:
			shown.set(fmt.Sprintf("%s of at most %s", shortSize(n), shortSize(total)))
		case n > 0:
			shown.set(fmt.Sprintf("%d records and bodies", n))
		}
	}
	done, err := orEnd(ctx, func() (store.Compacted, error) { return store.Compact(ctx, path, o, show) })
	shown.end()
	switch {
	case errors.Is(err, context.Canceled): // perhaps before the copy was removed
		files.DropCopies(path)
		return err
	case errors.Is(err, store.ErrFull):
		return &hint{err, "df -h " + quoteArg(path) +
			"   # shows free space; a second file of this size must fit beside it"}
	case err != nil:
		return storeHint(path, err)
	}
	for _, x := range done.LeftOut {
		if _, err := fmt.Fprintf(p.stdout, "left out flow %d: %v\n", x.Seq, x.Err); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.stderr, "%s: from %s to %s", path, shortSize(done.Before), shortSize(done.After))
	if !done.Repaired {
		fmt.Fprintln(p.stderr)
		return nil
	}
	fmt.Fprintf(p.stderr, "; repaired, %s left out\n", plural(len(done.LeftOut), "flow"))
	return exitStatus(exitFound)
}
