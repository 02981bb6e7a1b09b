package summary

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/spectap/spectap/store/index"
)

// entry is a record of the test.
type entry struct {
	host    uint32
	started int64
	weight  uint64
}

// TestChanges adds and removes records in several transactions. The tables must have what the records
// that are left say, apart from the times of a block, which removals do not narrow; and nothing of
// blocks and hosts without records.
func TestChanges(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "f"), 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := rand.New(rand.NewPCG(1, 2))
	records, next := map[uint64]entry{}, uint64(index.MaxFlows-20)
	var stored int64
	for round := range 30 {
		if err := db.Update(func(tx *bolt.Tx) error {
			tables, err := tables(tx)
			if err != nil {
				return err
			}
			x := New(tables[0], tables[1], tables[2])
			for range r.IntN(20) {
				e := entry{uint32(r.IntN(3)), r.Int64N(1000) - 500, r.Uint64N(1000)}
				stored += r.Int64N(3)
				x.Add(next, e.host, e.started, stored, e.weight)
				records[next] = e
				next++
			}
			for n, e := range records {
				if r.IntN(4) == 0 || round == 29 {
					x.Remove(n, e.host, e.weight)
					delete(records, n)
				}
			}
			return x.Flush()
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.View(func(tx *bolt.Tx) error { return check(t, tx, records, stored) }); err != nil {
			t.Fatal(err)
		}
	}
}

func tables(tx *bolt.Tx) (out [3]*bolt.Bucket, err error) {
	for i, name := range []string{"blocks", "byhost", "hosts"} {
		var berr error
		out[i], berr = tx.CreateBucketIfNotExists([]byte(name))
		err = errors.Join(err, berr)
	}
	return out, err
}

// check compares the tables with the records.
func check(t *testing.T, tx *bolt.Tx, records map[uint64]entry, stored int64) error {
	t.Helper()
	blocks, lists, hosts := map[uint64]Block{}, map[ListKey]int{}, map[uint32]Tally{}
	for n, e := range records {
		b, ok := blocks[n/index.MaxFlows]
		if !ok {
			b.Min, b.Max = e.started, e.started
		}
		blocks[n/index.MaxFlows] = Block{b.Count + 1, b.Weight + e.weight, min(b.Min, e.started), max(b.Max, e.started), 0}
		lists[ListKey{n / index.MaxFlows, e.host}]++
		hosts[e.host] = Tally{hosts[e.host].Flows + 1, hosts[e.host].Weight + e.weight}
	}
	for n, want := range blocks {
		got, ok := ReadBlock(tx.Bucket([]byte("blocks")).Get(key64(n)))
		if !ok || got.Count != want.Count || got.Weight != want.Weight || got.Min > want.Min || got.Max < want.Max || got.Stored > stored {
			t.Errorf("block %d: %+v, want %+v", n, got, want)
		}
	}
	x := New(tx.Bucket([]byte("blocks")), tx.Bucket([]byte("byhost")), tx.Bucket([]byte("hosts")))
	for k, n := range lists {
		list := x.list(k)
		last := -1
		for i := 0; i+1 < len(list); i += 2 {
			at := int(list[i])<<8 | int(list[i+1])
			if e, ok := records[k.Block*index.MaxFlows+uint64(at)]; !ok || e.host != k.Host || at <= last {
				t.Errorf("list %+v has record %d after %d", k, at, last)
			}
			last = at
		}
		if len(list) != 2*n {
			t.Errorf("list %+v has %d bytes, want %d", k, len(list), 2*n)
		}
	}
	for id, want := range hosts {
		if got := x.host(id); got != want {
			t.Errorf("host %d: %+v, want %+v", id, got, want)
		}
	}
	got := []int{tx.Bucket([]byte("blocks")).Stats().KeyN, tx.Bucket([]byte("byhost")).Stats().KeyN, tx.Bucket([]byte("hosts")).Stats().KeyN}
	if want := []int{len(blocks), len(lists), len(hosts)}; !reflect.DeepEqual(got, want) {
		t.Errorf("%d entries, want %d", got, want)
	}
	return nil
}

// TestFirstOfBlock checks that the times of a block are those of its records, from the first one on,
// also after all were removed.
func TestFirstOfBlock(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "f"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bolt.Tx) error {
		tables, err := tables(tx)
		if err != nil {
			return err
		}
		x := New(tables[0], tables[1], tables[2])
		for _, started := range []int64{700, -700} {
			x.Add(5, 1, started, 800, 1)
			if b := x.block(0); *b != (Block{1, 1, started, started, 800}) {
				t.Errorf("the block of one record: %+v", b)
			}
			x.Remove(5, 1, 1)
		}
		return x.Flush()
	}); err != nil {
		t.Fatal(err)
	}
}

// TestFlushErrors checks that changes of a table that cannot be written are an error, whichever table
// it is.
func TestFlushErrors(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "f"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tables(tx); return err }); err != nil {
		t.Fatal(err)
	}
	before, err := db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Rollback()
	for i, name := range []string{"blocks", "byhost", "hosts"} {
		for _, gone := range []bool{false, true} {
			err := db.Update(func(tx *bolt.Tx) error {
				tables, err := tables(tx)
				if err != nil {
					t.Fatal(err)
				}
				tables[i] = before.Bucket([]byte(name))
				x := New(tables[0], tables[1], tables[2])
				if x.Add(1, 1, 1, 1, 1); gone {
					x.Remove(1, 1, 1)
				}
				return x.Flush()
			})
			if !errors.Is(err, bolterrors.ErrTxNotWritable) {
				t.Errorf("%s, removed %t: %v", name, gone, err)
			}
		}
	}
}

// TestReadBlock checks that a block is read as it was written, that one that is cut short is invalid,
// and that its stamp is of its version, count and weight.
func TestReadBlock(t *testing.T) {
	want := Block{300, 70_000, -5, 1_700_000_000, 1_700_000_100}
	value := want.Value()
	if got, ok := ReadBlock(value); !ok || got != want {
		t.Errorf("%+v, %t", got, ok)
	}
	for n := range value {
		if got, ok := ReadBlock(value[:n]); ok {
			t.Errorf("cut after %d bytes: %+v", n, got)
		}
	}
	if got := string(want.Stamp()); got != "\x01\x00\x00\x00\x00\x00\x00\x01\x2c\x00\x00\x00\x00\x00\x01\x11\x70" {
		t.Errorf("stamp %q", got)
	}
	if got := ReadTally(Tally{300, 1 << 40}.Value()); got != (Tally{300, 1 << 40}) || ReadTally(nil) != (Tally{}) {
		t.Errorf("%+v", got)
	}
	if got := string(ListKey{1, 2}.Bytes()); got != "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02" {
		t.Errorf("key %q", got)
	}
}
