package sysproxy

import "context"

// Here returns the desktops whose settings exist on this machine.
func Here(context.Context) []Desktop { return []Desktop{windows{userRegistry{}}} }
