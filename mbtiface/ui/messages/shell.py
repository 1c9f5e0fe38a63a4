"""Texts of the frame around the tabs."""

KO = {
    "shell_title": "16유형 평균 얼굴",
    "shell_tab_survey": "설문",
    "shell_tab_gallery": "유형",
    "shell_tab_match": "어울림",
    "shell_tab_morph": "바꿔 보기",
    "shell_other_language": "English",
    "shell_footer": (
        "얼굴은 모두 생성된 그림이고, 얼굴은 성격을 보여 주지 않아요. "
        "MBTI 상표의 소유자와는 관계가 없어요."
    ),
    "shell_engine": "모델 {bundle} · {engine}",
    "shell_notice": "요청한 모델을 열지 못해서 내장 모델로 보여 드려요. {reason}",
    "shell_model_fetching": (
        "{name} 모델을 받고 있어요({percent}%). 그동안은 내장 모델로 보여 드려요."
    ),
    "shell_model_opening": (
        "{name} 모델을 다 받아서 여는 중이에요. 그동안은 내장 모델로 보여 드려요."
    ),
    "shell_model_ready": (
        "{name} 모델이 준비됐어요. 이 화면은 시작할 때의 모델로 이어지고, "
        "새로 고치면 새 모델로 시작해요."
    ),
    "shell_model_here": "이제 {name} 모델로 보여 드려요. 하던 것은 그대로 이어져요.",
    "shell_busy": "지금 그리는 얼굴이 많아요. 곧 다시 그려 볼게요.",
    "shell_offline": "서버에 닿지 않아요. 연결을 확인해 주세요.",
    "shell_retry": "다시 시도",
}

EN = {
    "shell_title": "16-type average face",
    "shell_tab_survey": "Survey",
    "shell_tab_gallery": "Types",
    "shell_tab_match": "Match",
    "shell_tab_morph": "Morph",
    "shell_other_language": "한국어",
    "shell_footer": (
        "Every face here is generated, and faces do not show personality. "
        "Not affiliated with the owners of the MBTI mark."
    ),
    "shell_engine": "Model {bundle} · {engine}",
    "shell_notice": "The model asked for could not be opened; this is the built-in one. {reason}",
    "shell_model_fetching": (
        "The model {name} is loading ({percent}%). The built-in one is shown meanwhile."
    ),
    "shell_model_opening": (
        "The model {name} has come and is being opened. The built-in one is shown meanwhile."
    ),
    "shell_model_ready": (
        "The model {name} is ready. This page goes on with the one it began with; "
        "reload it to begin with the new one."
    ),
    "shell_model_here": "The model {name} is shown now. What you were doing goes on.",
    "shell_busy": "Many faces are being drawn right now. Trying again in a moment.",
    "shell_offline": "The server cannot be reached. Check the connection.",
    "shell_retry": "Try again",
}
