# bash completion for nsinspect

_nsinspect()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local types='cgroup ipc mnt net pid time user uts'
	local word command='' columns

	# readline takes = for a word of its own.
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		task | ns | pid | mounts | diff | limits | why | record)	command=$word; break ;;
		esac
	done

	case $prev in
	-o | --output)
		if [[ $command == record ]]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
		fi
		[[ $command == limits ]] || command=''
		columns=$(nsinspect ${command:+"$command"} -H 2>/dev/null | awk '{ print $1 }')
		word=${cur##*[,+]}
		mapfile -t COMPREPLY < <(compgen -P "${cur%"$word"}" -W "$columns" -- "$word")
		return ;;
	-t | --type)
		word=${cur##*,}
		mapfile -t COMPREPLY < <(compgen -P "${cur%"$word"}" -W "$types" -- "$word")
		return ;;
	-p | --task)
		mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && echo [0-9]*)" -- "$cur")
		return ;;
	--tree)
		mapfile -t COMPREPLY < <(compgen -W 'process owner parent' -- "$cur")
		return ;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
		return ;;
	--at)
		mapfile -t COMPREPLY < <(compgen -W 'end' -- "$cur")
		return ;;
	--save | --from)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	esac

	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--type --task --output --noheadings --raw
			--json --list-columns --notruncate --version --help --tree --dot
			--threads --color --ascii --save --from --at --kthreads --no-fold --in
			--sharers --exit-code --persistent --filter --sets --list --nowrap --output-all' -- "$cur")
		return
	fi
	case $command in
	'')
		[[ $prev == --in ]] ||
			mapfile -t COMPREPLY < <(compgen -W "task ns pid mounts diff limits why record $(compgen -f /run/netns/ |
				sed 's|.*/||')" -- "$cur") ;;
	task | pid)
		mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && echo [0-9]*)" -- "$cur") ;;
	mounts | diff)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	ns | why)
		mapfile -t COMPREPLY < <(compgen -f -W "$(compgen -f /run/netns/)" -- "$cur") ;;
	esac
}
complete -F _nsinspect nsinspect
