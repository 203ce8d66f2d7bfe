# bash completion for nsinspect

# The inode numbers of namespaces, of one type or, with an empty one, of all.
_nsinspect_inums()
{
	nsinspect --list --raw --noheadings -o TYPE,NS 2>/dev/null |
		awk -v type="$1" '!type || $1 == type { print $2 }'
}

# What can follow TYPE: names of ip netns, inode numbers.
_nsinspect_of_type()
{
	[[ $1 != net ]] || compgen -f /run/netns/ | sed 's|.*/||'
	_nsinspect_inums "$1"
}

# _nsinspect_complete PREFIX CUR WORDS: those of WORDS that begin with CUR, each
# after PREFIX.
_nsinspect_complete()
{
	mapfile -t COMPREPLY < <(compgen -P "$1" -W "$3" -- "$2")
}

# A list with commas: what is behind the last one.
_nsinspect_list()
{
	local word=${1##*[,+]}

	_nsinspect_complete "${1%"$word"}" "$word" "$2"
}

# _nsinspect_files CUR [WORDS]: files, and those of WORDS that begin with CUR. readline quotes
# them, and knows folders.
_nsinspect_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -W "${2-}" -- "$1")
}

_nsinspect_ns()
{
	local cur=$1 before=$2 type=$3

	# readline takes : for a word of its own, unless it was told not to.
	if [[ $cur == : ]]; then
		_nsinspect_complete '' '' "$(_nsinspect_of_type "$before")"
	elif [[ $before == : ]]; then
		_nsinspect_complete '' "$cur" "$(_nsinspect_of_type "$type")"
	elif [[ $cur == *:* ]]; then
		_nsinspect_complete "${cur%%:*}:" "${cur#*:}" "$(_nsinspect_of_type "${cur%%:*}")"
	else
		_nsinspect_files "$cur" "$(compgen -f /run/netns/ | sed 's|.*/||')
			$(_nsinspect_inums '')"
	fi
}

_nsinspect()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local types='cgroup ipc mnt net pid time user uts' type=''
	local commands='task ns pid mounts diff limits why monitor record'
	local word command='' sets='' pids

	# readline takes = for a word of its own, too.
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	elif [[ $prev == --tree || $prev == --color ]]; then
		# These take a value behind = only.
		prev=''
	fi
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word != --sets ]] || sets=--sets
		[[ $command || " $commands " != *" $word "* ]] || command=$word
	done
	((COMP_CWORD < 2)) || type=${COMP_WORDS[COMP_CWORD-2]}

	case $prev in
	-o | --output)
		if [[ $command == record ]]; then
			_nsinspect_files "$cur"
			return
		fi
		[[ $command != limits ]] || sets=limits
		_nsinspect_list "$cur" "$(nsinspect ${sets:+"$sets"} -H 2>/dev/null | awk '{ print $1 }')"
		return ;;
	-t | --type)
		_nsinspect_list "$cur" "$types"
		return ;;
	-e | --event)
		_nsinspect_list "$cur" 'switch fork create free exec exit'
		return ;;
	-p | --task)
		_nsinspect_complete '' "$cur" "$(cd /proc && echo [0-9]*)"
		return ;;
	--tree)
		_nsinspect_complete '' "$cur" 'process owner parent'
		return ;;
	--color)
		_nsinspect_complete '' "$cur" 'auto always never'
		return ;;
	--at)
		_nsinspect_complete '' "$cur" end
		return ;;
	--save | --from)
		_nsinspect_files "$cur"
		return ;;
	--in)
		_nsinspect_ns "$cur" "$prev" "$type"
		return ;;
	-Q | --filter | --buffer)
		return ;;
	esac

	if [[ $cur == -* ]]; then
		_nsinspect_complete '' "$cur" '--type --task --output --noheadings --raw
			--json --list-columns --notruncate --version --help --tree --dot
			--threads --color --ascii --save --from --at --kthreads --no-fold --in
			--sharers --exit-code --persistent --filter --sets --list --nowrap
			--output-all --all --event --buffer --stats --quiet'
		return
	fi
	pids=$(cd /proc && echo [0-9]*)
	case $command in
	'')
		_nsinspect_ns "$cur" "$prev" "$type"
		if [[ $cur != *:* && $prev != : ]]; then
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$commands" -- "$cur")
		fi ;;
	task | pid)
		_nsinspect_complete '' "$cur" "$pids" ;;
	mounts | diff)
		_nsinspect_files "$cur" ;;
	ns | why | monitor)
		_nsinspect_ns "$cur" "$prev" "$type" ;;
	esac
}
complete -F _nsinspect nsinspect
