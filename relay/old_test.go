package relay_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/store"
)

// oldHead returns what a worker of version 1 wrote: the position, the marks and the model.
func oldHead(t *testing.T, source string, last uint64, model []byte) []byte {
	t.Helper()
	text := func(b, s []byte) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	b := binary.AppendUvarint(nil, 1) // position
	b = text(binary.AppendUvarint(b, 1), []byte(source))
	b = binary.AppendUvarint(binary.AppendUvarint(b, last), uint64(time.Now().Unix()))
	b = text(b, model)
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return enc.EncodeAll(b, []byte{1})
}

// TestOldState checks that a worker goes on from the model of an older version, and a follower from
// the position of one.
func TestOldState(t *testing.T) {
	l := logtest.NewMemoryLog(1, logtest.Faults{})
	p := &pod{t: t, log: l, name: "pod-1.01"}
	p.append(0, 2, block(t, 0, 1, 2))
	known := infer.New()
	for _, n := range []int{7, 8} { // not in the log any more
		f := request(n)
		answer(&f)
		known.Add(&f)
	}
	data, err := known.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Put(t.Context(), "heads/"+fmt.Sprint(relay.Partition(p.name)), 0, oldHead(t, p.name, 2, data)); err != nil {
		t.Fatal(err)
	}
	p.append(2, 3, block(t, 2, 3))
	f := request(3)
	answer(&f)
	known.Add(&f)
	want, err := known.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := learned(t, l, tempDB(t), p.name, 3); !slices.Equal(got, want) {
		t.Error("the model is not the old one with one more flow")
	}
	db := tempDB(t)
	if err := db.SaveModel(t.Context(), "relay/position", []byte("1"), store.Basis{}); err != nil {
		t.Fatal(err)
	}
	fw, err := relay.NewFollower(t.Context(), relay.FollowerConfig{Store: db, Log: l})
	if err != nil {
		t.Fatal(err)
	}
	if err := fw.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st, err := db.Stat(t.Context()); err != nil || st.Flows != 3 { // the gap after position 1 made it read all
		t.Errorf("%d flows, %v", st.Flows, err)
	}
}
