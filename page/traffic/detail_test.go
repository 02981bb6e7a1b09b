package traffic

import (
	"errors"
	"fmt"

	"github.com/spectap/spectap/page/wire"
)

// shownError returns the text of an error that the page shows.
func shownError(err error) string {
	var e *wire.Error
	if !errors.As(err, &e) {
		return fmt.Sprint("not shown: ", err)
	}
	return fmt.Sprint(e.Message, map[bool]string{true: " (not found)"}[e.NotFound])
}

const gone = "this flow is no longer in the store (not found)"
