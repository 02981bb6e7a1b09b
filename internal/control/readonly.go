package control

import (
	"context"
	"fmt"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// readOnly refuses to write, like a store that was opened for reading only.
type readOnly struct{ *Client }

func (r readOnly) refuse(doing string) error {
	return fmt.Errorf("%s store %s: %w", doing, r.path, store.ErrReadOnly)
}

func (r readOnly) Append(context.Context, ...flow.Flow) (flow.Seq, error) {
	return 0, r.refuse("append to")
}
func (r readOnly) Apply(context.Context, store.Mark, []*flow.Flow) (bool, error) {
	return false, r.refuse("apply flows to")
}
func (r readOnly) NoteLoss(context.Context, int64, time.Time, time.Time) error {
	return r.refuse("note a loss in")
}
func (r readOnly) BeginSession(context.Context, store.Session) (uint64, error) {
	return 0, r.refuse("begin a session in")
}
func (r readOnly) EndSession(context.Context, uint64, time.Time, int) error {
	return r.refuse("end a session in")
}
func (r readOnly) DeleteSession(context.Context, uint64) error {
	return r.refuse("delete a session from")
}
func (r readOnly) Delete(context.Context, store.Query) (int, error) {
	return 0, r.refuse("delete from")
}
func (r readOnly) Import(context.Context, string) (store.Import, error) {
	return nil, r.refuse("import into")
}
func (r readOnly) SaveModel(context.Context, string, []byte, store.Basis) error {
	return r.refuse("save model in")
}
