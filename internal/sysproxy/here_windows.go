package sysproxy

import "context"

// Here lists the desktops whose settings are on this machine.
func Here(context.Context) []Desktop { return []Desktop{windows{userRegistry{}}} }
