package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	bolt "go.etcd.io/bbolt"
)

// compactStep is how many bytes Compact copies in one transaction, which are in memory until then.
const compactStep = 16 << 20

// Compacted is what Compact did.
type Compacted struct {
	Before, After int64 // bytes of the file
	// LeftOut are the flows that could not be read and are not in the new file.
	LeftOut []LeftOut
	// Repaired says that something was wrong, and that what could be made anew was.
	Repaired bool
}

// Compact writes the store at path anew, without free pages and without what they still hold of deleted flows, and
// puts the new file in its place. Flows that cannot be read are left out and told; indexes that are wrong are made
// anew. It takes the file for itself: ErrLocked when it is in use. There must be room for both. Until the last
// step, a rename, the old file is as it was, also when the error is ErrDamaged because something else is wrong. A ctx
// that is done is noticed before the copy and after it. progress, unless nil, is told what is being done and how
// much of it is.
func Compact(ctx context.Context, path string, o Options, progress func(doing string, done, total int64)) (Compacted, error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	fail := func(err error) (Compacted, error) {
		return Compacted{}, fmt.Errorf("compact store %s: %w", path, mapBolt(err))
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	o.Create, o.ReadOnly = false, false
	src, err := Open(path, o)
	if err != nil {
		return Compacted{}, err
	}
	defer src.Close()
	var out Compacted
	if out.Before, err = fileSize(path); err != nil {
		return fail(err)
	}
	temp, err := src.copyCompact(func(done int64) { progress("copying", done, out.Before) })
	if err != nil {
		return fail(err)
	}
	defer os.Remove(temp)
	if err := out.mend(ctx, temp, o, progress); err != nil {
		return fail(err)
	}
	if out.After, err = fileSize(temp); err != nil {
		return fail(err)
	}
	if runtime.GOOS == "windows" { // an open file cannot be replaced there
		if err := src.Close(); err != nil {
			return fail(err)
		}
	}
	if err := os.Rename(temp, path); err != nil {
		return fail(err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return fail(err)
	}
	return out, nil
}

// mend checks the copy and repairs what is wrong.
func (out *Compacted) mend(ctx context.Context, temp string, o Options, progress func(string, int64, int64)) error {
	db, err := open(temp, Options{Logger: o.Logger}, currentLayout())
	if err != nil {
		return err
	}
	defer db.Close()
	check := func() (*Report, error) {
		return db.VerifyProgress(ctx, func(done int64) { progress("checking", done, 0) })
	}
	report, err := check()
	if err != nil || report.OK() {
		return err
	}
	progress("repairing", 0, 0)
	if out.LeftOut, err = db.repair(ctx); err != nil {
		return err
	}
	out.Repaired = true
	if report, err = check(); err != nil {
		return err
	}
	if !report.OK() {
		return fmt.Errorf("%w: %s", ErrDamaged, report.Problems[0])
	}
	return db.Close()
}

// copyCompact copies the store into a new file beside it and returns its name.
func (db *DB) copyCompact(progress func(done int64)) (temp string, err error) {
	file, err := os.CreateTemp(filepath.Dir(db.path), copyPrefix(db.path)+"*"+compactSuffix)
	if err != nil {
		return "", err
	}
	temp = file.Name()
	file.Close()
	defer func() {
		if err != nil {
			os.Remove(temp)
		}
	}()
	dst, err := bolt.Open(temp, fileMode, &bolt.Options{
		PageSize: db.bolt.Info().PageSize, NoFreelistSync: true, FreelistType: bolt.FreelistMapType,
		NoSync: true, // nobody relies on it yet: synced as a whole below
	})
	if err != nil {
		return temp, err
	}
	stop := watchSize(temp, progress)
	err = db.damageSafe(func() error { return bolt.Compact(dst, db.bolt, compactStep) })
	stop()
	if err == nil {
		err = dst.Sync()
	}
	if cerr := dst.Close(); err == nil {
		err = cerr
	}
	return temp, err
}

// watchSize tells how large a file is, now and then, until stop is called.
func watchSize(path string, progress func(int64)) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if n, err := fileSize(path); err == nil {
					progress(n)
				}
			case <-end:
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}

// damageSafe runs fn, which reads the file by itself.
func (db *DB) damageSafe(fn func() error) (err error) {
	defer catchDamage(&err, db.log)
	return fn()
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
